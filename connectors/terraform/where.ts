import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { posix, resolve } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { formatScope, isScope, type Scope, splitScope } from '../../model/scope.ts'
import type { Endpoint } from './read-url.ts'

/** A file, a folder or a glob. A path that exists is one of the first two. */
export type PathWhere = Extract<Where, { kind: 'path' }>

/** What a user meant by `terraform:WHERE`. */
export type Where =
  | { readonly kind: 'url'; readonly name: string; readonly endpoint: Endpoint }
  | {
      readonly kind: 'path'
      /** As given, normalised: names of states begin with it, so that they don't depend on where the process was started. */
      readonly name: string
      /** As it stands in the file system. */
      readonly path: string
      /** The folder that relative names are seen from. */
      readonly from: string
    }

/** @throws VainoError `bad_config` when it can't be meant; no message holds a password */
export function parseWhere(where: string): Where {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(where)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return parseUrl(where)
  if (scheme !== undefined) {
    throw new VainoError('bad_config', `states are not read from ${scheme}:// addresses`, {
      hint: 'Give a file, a folder, a glob, an http(s)://, s3://, gs://, azurerm:// or tfe:// address; `terraform state pull > FILE` fetches a state from any backend.',
    })
  }
  if (where.trim() === '' || where.includes('\0')) {
    throw new VainoError('bad_config', 'nothing to watch was given', {
      hint: 'Give a state file, a folder, a glob or an http(s):// address: terraform:./infra',
    })
  }
  const given = where === '~' || where.startsWith('~/') ? homedir() + where.slice(1) : where
  const name = posix.normalize(given).replace(/(?<=.)\/$/, '')
  return { kind: 'path', name, path: resolve(name), from: process.cwd() }
}

/** Query parameters that hold a secret, and those of signed addresses, which change with every signature. */
const secretParameter = /token|secret|passw|api[-_]?key|auth|credential|signature|^sig$|^x-(?:amz|goog)-/i
const signedParameter = /^(?:s[eptvr]|spr|sk(?:oid|tid|t|e|s|v)|expires|awsaccesskeyid|googleaccessid)$/i
const isSigned = /signature$|^sig$/i

function parseUrl(where: string): Where {
  let url: URL
  try {
    url = new URL(where)
  } catch {
    throw new VainoError('bad_config', 'the address is malformed', {
      hint: 'Expected https://[USER:PASSWORD@]HOST/PATH, with %-escapes for special characters in user and password.',
    })
  }
  const [user, password] = [url.username, url.password].map(decode)
  const authorization = user || password ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : null
  url.username = url.password = url.hash = ''
  const shown = new URL(url)
  const names = [...shown.searchParams.keys()]
  const signed = names.some((name) => isSigned.test(name))
  for (const name of names) {
    if (secretParameter.test(name) || (signed && signedParameter.test(name))) shown.searchParams.delete(name)
  }
  return { kind: 'url', name: shown.href, endpoint: { url, authorization } }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new VainoError('bad_config', 'user or password in the address hold a stray "%"', {
      hint: 'Write "%" itself as %25.',
    })
  }
}

/** Longer names are shortened: a scope has a limit, and `/` counts three times in it. */
const maxNameLength = 300

/**
 * The scope of a state: `terraform/infra%2Fprod.tfstate/-/state`. Two names never share one: what a scope can't hold
 * (a control character, great length) is replaced, and a digest of the whole name keeps it apart.
 */
export const scopeOf = (stateName: string): Scope => scopeIn(stateName, 'state')

/** The scope of the real things behind a state. */
export const liveScopeOf = (stateName: string): Scope => scopeIn(stateName, 'live')

function scopeIn(stateName: string, collection: 'state' | 'live'): Scope {
  const scope = formatScope({ provider: 'terraform', account: stateName, location: null, collection })
  if (stateName.length <= maxNameLength && stateName !== '-' && isScope(scope)) return scope
  const digest = createHash('sha256').update(stateName).digest('hex').slice(0, 16)
  const readable = stateName.replace(/\p{Cc}|\p{Cs}/gu, '?').slice(-maxNameLength)
  return formatScope({ provider: 'terraform', account: `${readable}~${digest}`, location: null, collection })
}

/** Whether a scope is of a state, and not of the real things behind one. */
export const isStateScope = (scope: Scope): boolean => splitScope(scope).collection === 'state'

/** The name of the state that a scope is of. */
export const nameIn = (scope: Scope): string => splitScope(scope).account ?? ''
