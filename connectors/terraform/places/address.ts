import { VainoError } from '../../../model/errors.ts'

/** The parts of `scheme://authority/path?name=value`. */
export interface PlaceAddress {
  readonly authority: string
  /** Decoded, without the slash in front. */
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * @param allowed the names that the query may have
 * @throws VainoError `bad_config`; no message repeats a value of the query
 */
export function parseAddress(where: string, example: string, allowed: readonly string[]): PlaceAddress {
  const [, authority, rawPath = '', query = ''] =
    /^[a-z0-9]+:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(where) ?? []
  const refuse = (what: string) => new VainoError('bad_config', what, { hint: `Expected ${example}.` })
  if (authority === undefined) throw refuse('the address is malformed')
  if (authority.includes('@')) throw refuse('the address holds credentials, which are not given there')
  const parameters = Object.fromEntries(new URLSearchParams(query))
  const unknown = Object.keys(parameters).find((name) => !allowed.includes(name))
  if (unknown !== undefined) {
    const known = allowed.length === 0 ? 'it takes none' : `there are ${allowed.join(', ')}`
    throw refuse(`"${unknown.slice(0, 40)}" is no parameter of the address; ${known}`)
  }
  const path = decoded(rawPath)
  if (path === null) throw refuse('the path holds a stray "%"')
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) throw refuse('the path holds "." or ".."')
  return { authority, path, parameters }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    // A "%" that begins no escape; the caller says so.
    return null
  }
}

/** Whether an object below a prefix is a state, by its name; Terraform's own copy of a backend's settings looks like one. */
export const isStateName = (name: string): boolean =>
  name.endsWith('.tfstate') && !name.split('/').includes('.terraform')
