import type { Json } from '../../model/resource.ts'

/** What Go's `unicode.IsPrint` holds printable, by which terraform decides what to escape. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

const escapeCharacter = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** A `for_each` key between quotes, as `terraform state list` prints it: also `${` and `%{` are escaped. */
export function quoteKey(key: string): string {
  if (/^[\w ./:@-]*$/.test(key)) return `"${key}"`
  const characters = [...key.toWellFormed()]
  const quoted = characters.map((character, at) => {
    if ((character === '$' || character === '%') && characters[at + 1] === '{') return character + character
    return escapes[character] ?? (printable.test(character) ? character : escapeCharacter(character))
  })
  return `"${quoted.join('')}"`
}

/** `[0]` for a `count` index, `["eu"]` for a `for_each` key, nothing where there is none. */
export function formatIndex(key: Json | undefined): string {
  if (key === undefined || key === null) return ''
  return typeof key === 'string' ? `[${quoteKey(key)}]` : `[${JSON.stringify(key)}]`
}

export interface ResourceAddress {
  /** The module's own path with its indexes, `null` for the root module. */
  readonly module: string | null
  readonly mode: string
  readonly type: string
  readonly name: string
}

/** The address of a resource without its instance: `module.net["eu"].data.aws_ami.base`. */
export function formatAddress({ module, mode, type, name }: ResourceAddress): string {
  return `${module === null ? '' : `${module}.`}${mode === 'data' ? 'data.' : ''}${type}.${name}`
}

/** @param deposed the key of an object that waits to be destroyed beside its replacement */
export const formatInstance = (address: string, index: Json | undefined, deposed: string | null): string =>
  `${address}${formatIndex(index)}${deposed === null ? '' : ` (deposed ${deposed})`}`

/**
 * The short name of a provider from its address in a state, of any age:
 * `module.net.provider["registry.example/acme/aws"].west`, `module.net.provider.aws.west`, `provider.aws` → `aws`.
 * @param type of the resource, whose first word names the provider where the state doesn't
 */
export function providerName(address: string | null, type: string): string {
  const quoted = /provider\["([^"]+)"\]/.exec(address ?? '')?.[1]
  const named = quoted?.split('/').at(-1) ?? /(?:^|\.)provider\.([^.]+)/.exec(address ?? '')?.[1] ?? address
  return named || type.replace(/_.*$/s, '') || 'terraform'
}
