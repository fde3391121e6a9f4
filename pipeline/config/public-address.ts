import { z } from 'zod'

/** First segments of the API's own paths: a prefix of these could not be told from a path without it. */
const ownPaths = /^\/(?:v1|web|docs|metrics|healthz|readyz|openapi\.json|favicon\.ico)(?:\/|$)/

/** A prefix is compared as text, so it has no character that may also be written as an escape. */
const plainPath = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/

const httpUrl = (text: string): URL | null => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

const isBare = ({ username, password, search, hash }: URL): boolean => `${username}${password}${search}${hash}` === ''

function wrongAddress(text: string): string | null {
  const url = httpUrl(text)
  if (url === null) return 'expected an address such as https://ops.example.com/vaino'
  if (!isBare(url)) return 'expected an address without user, query and fragment, such as https://ops.example.com/vaino'
  if (!plainPath.test(url.pathname)) return 'expected a path of letters, digits, ".", "_", "~" and "-"'
  if (ownPaths.test(url.pathname)) return "expected a path that is none of vaino's own, such as /vaino"
  return null
}

function wrongOrigin(text: string): string | null {
  const url = httpUrl(text)
  if (url !== null && isBare(url) && url.pathname === '/') return null
  return text === '*' || text === 'null'
    ? 'expected the origins themselves: any page could use the API otherwise'
    : 'expected an origin such as https://dash.example.com: scheme, host and port, no path'
}

const checked = (wrong: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const message = wrong(text)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })

/** The address of the page and the API in a browser, where a proxy stands in front; without a slash at its end. */
export const publicUrl = checked(wrongAddress)
  .transform((text) => new URL(text).href.replace(/\/+$/, ''))
  .optional()
  .meta({
    description:
      'Address of the page and the API in a browser where a proxy stands in front, its path prefix included: `https://ops.example.com/vaino`. Its origin may use the API, and links lead there.',
    'x-default': 'the address that is listened on',
  })

/** Origins as a browser sends them: lower case, no default port, no slash. */
export const corsOrigins = z
  .array(checked(wrongOrigin).transform((text) => new URL(text).origin))
  .max(100)
  .prefault([])
  .meta({
    description:
      'Origins of pages of other applications that may use the API from a browser (CORS): `https://dash.example.com`. They send a token where tokens are configured.',
  })
