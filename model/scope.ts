import { VainoError } from './errors.ts'

declare const brand: unique symbol

/**
 * The smallest set that one collector can enumerate completely, as `provider/account/location/collection`. Each part is
 * percent-encoded where it holds `/` or `%`, and is `-` where absent.
 */
export type Scope = string & { readonly [brand]: 'Scope' }

/** `scope/id`; the id stands as it is and may hold `/`, so a key has exactly one scope. */
export type Key = string & { readonly [brand]: 'Key' }

export interface ScopeParts {
  readonly provider: string
  readonly account: string | null
  /** A region or a namespace. */
  readonly location: string | null
  readonly collection: string
}

const encodePart = (part: string | null): string =>
  part === null || part === '' ? '-' : part.replaceAll('%', '%25').replaceAll('/', '%2F')

const decodePart = (part: string): string | null =>
  part === '-' ? null : part.replace(/%2F/gi, '/').replaceAll('%25', '%')

export const formatScope = (parts: ScopeParts): Scope =>
  [parts.provider, parts.account, parts.location, parts.collection].map(encodePart).join('/') as Scope

export function splitScope(scope: Scope): ScopeParts {
  const [provider = '-', account = '-', location = '-', collection = '-'] = scope.split('/')
  return {
    provider: decodePart(provider) ?? '-',
    account: decodePart(account),
    location: decodePart(location),
    collection: decodePart(collection) ?? '-',
  }
}

/** A scope has four parts, none empty, at most this many UTF-16 units in all: it is a Kafka key and a column of an index. */
const maxScopeLength = 1024

export const isScope = (text: string): text is Scope =>
  text.length <= maxScopeLength &&
  text.isWellFormed() &&
  /^[^/\p{Cc}]+\/[^/\p{Cc}]+\/[^/\p{Cc}]+\/[^/\p{Cc}]+$/u.test(text)

/** @throws VainoError `bad_input` when the text is not four non-empty parts. */
export function parseScope(text: string): Scope {
  if (isScope(text)) return text
  throw new VainoError('bad_input', `"${text.slice(0, 80)}" is not a scope`, {
    hint: 'A scope is provider/account/location/collection, "-" where a part is absent.',
  })
}

export const keyOf = (scope: Scope, id: string): Key => `${scope}/${id}` as Key

/** The scope and the id in a key: the scope ends at the fourth slash. `null` where the text is no key. */
export function splitKey(key: string): { scope: Scope; id: string } | null {
  let slash = -1
  for (let n = 0; n < 4; n++) {
    slash = key.indexOf('/', slash + 1)
    if (slash < 0) return null
  }
  const scope = key.slice(0, slash)
  const id = key.slice(slash + 1)
  return isScope(scope) && id !== '' ? { scope, id } : null
}
