import {
  authOwners,
  digestEnds,
  foreignWords,
  harmlessEnds,
  harmlessNames,
  harmlessStarts,
  otherWords,
  secretEnds,
  secretNames,
  secretPairs,
  secretSuffixes,
  secretWords,
  vaultNames,
} from './secret-vocabulary.ts'

/**
 * What a field's name says of its value.
 *
 * - `plain`: nothing.
 * - `harmless`: that it is no secret, even among secrets (`secret_name`, `password_length`).
 * - `secret`: that a text or number in it is one.
 * - `vault`: that every text below it is one, but for harmless names (`credentials: {…}`).
 * - `paired`: it is the value of a pair whose other half is the name (`{"name": "DB_PASSWORD", "value": "…"}`).
 * - `sealed`: every value below it is a secret where its object is a Kubernetes Secret.
 */
export type NameClass = 'plain' | 'harmless' | 'secret' | 'vault' | 'paired' | 'sealed'

const pairedNames = new Set([
  ...['value', 'Value', 'val', 'v', 'V', 'ParameterValue', 'parameter_value', 'parameterValue', 'stringValue'],
  ...['StringValue', 'string_value', 'OptionValue', 'TagValue', 'variable_value', 'default_value', 'defaultValue'],
  ...['env_value', 'secure_value'],
])

/** Where the name of such a pair stands. */
export const pairNames = [
  ...['name', 'Name', 'key', 'Key', 'k', 'K', 'ParameterName', 'ParameterKey', 'parameter_name', 'parameter_key'],
  ...['parameterName', 'parameterKey', 'variable', 'variable_name', 'variableName', 'OptionName', 'TagKey'],
  ...['option_name', 'field', 'header', 'header_name', 'setting', 'setting_name', 'env_name', 'param', 'var'],
] as const

const sealedNames = new Set(['data', 'stringData', 'binaryData', 'string_data', 'binary_data'])

/** Names come from documents: a source that invents them must not fill the memory. Longer ones are not remembered. */
const maxCachedNames = 8192
const maxCachedLength = 128
const cache = new Map<string, NameClass>()

/** Whatever way a name is written: `dbPassword`, `DB_PASSWORD`, `db-password`, `db.password2`, `DBPASSWORD`. */
export function classifyName(name: string): NameClass {
  const known = cache.get(name)
  if (known !== undefined) return known
  const found = classify(name)
  if (name.length > maxCachedLength) return found
  if (cache.size >= maxCachedNames) cache.clear()
  cache.set(name, found)
  return found
}

/** A key of an IAM condition says who may do something: `aws:PrincipalTag/access-key`, `token.actions.githubusercontent.com:sub`. */
const conditionKey =
  /^(?:aws|sts|iam|s3|kms|ec2|ssm|sqs|sns|rds|ecr|ecs|eks|logs|lambda|dynamodb|secretsmanager|cognito-identity|saml):[A-Z]/i
const hostKey = /^[\w-]+(?:\.[\w-]+)+(?:\/[\w./-]*)?:(\w+)$/
/** Annotations of an ingress name the Secret that holds the users. */
const namesSecret = /(?:^|\.(?:io|com|dev)\/)(?:auth|auth-tls|tls|pull)-secret$/

function classify(name: string): NameClass {
  if (pairedNames.has(name)) return 'paired'
  if (sealedNames.has(name)) return 'sealed'
  if (name.includes(':')) {
    if (conditionKey.test(name)) return 'harmless'
    const claim = hostKey.exec(name)?.[1]
    if (claim !== undefined) return classify(claim)
  }
  if (name.includes('-') && namesSecret.test(name)) return 'harmless'
  const parts = wordsOf(name)
  const whole = parts.join('_')
  if (secret.has(whole)) return 'secret'
  if (vaults.has(whole)) return 'vault'
  if (harmlessNames.has(whole) || parts.includes('public') || harmlessStarts.has(parts[0] ?? '')) return 'harmless'
  const split = parts.flatMap(unjoined)
  if (harmlessEnds.has(split.at(-1) ?? '')) return 'harmless'
  return isSecret(split) ? 'secret' : 'plain'
}

const secret = new Set<string>(secretNames)
const vaults = new Set<string>(vaultNames)
const words = new Set<string>(secretWords)
const pairs = new Set<string>(secretPairs)

const singularOf = (word: string): string => word.replace(/\d+$/, '').replace(/([^s])s$/, '$1')

function isSecret(parts: readonly string[]): boolean {
  const singular = parts.map(singularOf)
  const last = singular.at(-1) ?? ''
  if (secretEnds.has(last) || (last === 'auth' && parts.some((part) => authOwners.has(part)))) return true
  const isDigest = digestEnds.has(parts.at(-1) ?? '')
  return singular.some((word, at) => {
    const whole = parts[at] ?? word
    const next = singular[at + 1]
    // "Secrets Manager" and "token bucket" are names of other things.
    if (next === 'manager' || next === 'bucket') return false
    if (pairs.has(`${word} ${next}`) || pairs.has(`${whole} ${next}`)) return !isDigest
    if (words.has(word) || words.has(whole)) return true
    return word > '\u007f' && foreignWords.some((foreign) => word.includes(foreign))
  })
}

const maxNameLength = 512

function wordsOf(name: string): string[] {
  const end = name.slice(-maxNameLength)
  // In capitals alone a letter behind a digit begins no word: NEO4JAUTH.
  const spaced = /[a-z]/.test(end)
    ? end.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    : end
  return withoutAccents(spaced)
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
}

/** Lower case; the accents of Latin letters fall away, so that one spelling in the vocabulary is enough. */
function withoutAccents(text: string): string {
  const lower = text.toLowerCase()
  if (!/[^\0-\u007f]/.test(lower)) return lower
  const bare = lower.normalize('NFD').replace(/(?<=[\0-\u024f\u0370-\u03ff]\p{M}*)\p{M}/gu, '')
  return bare.replaceAll('ł', 'l').replaceAll('ø', 'o').replaceAll('ß', 'ss').normalize('NFC')
}

const maxJoined = 48
const dictionary = new Set<string>([...secretWords, ...otherWords, ...harmlessEnds])
const longestWord = Math.max(...[...dictionary].map((word) => word.length))
/** Words that hold a secret one by chance are left whole, as are words that are known. */
const chance = new Set(['bypass', 'compass', 'passthrough', 'secretary', 'tokenizer'])

/** The words of a joined one: as few as possible if all are known, else what ends it if that alone says enough. */
function unjoined(word: string): readonly string[] {
  const bare = singularOf(word)
  if (bare.length < 5 || bare.length > maxJoined || dictionary.has(word) || dictionary.has(bare) || chance.has(word)) {
    return [word]
  }
  const split = fewestWords(bare)
  if (split !== null) return split
  const suffix = secretSuffixes.find((end) => bare.endsWith(end) && bare.length > end.length)
  return suffix === undefined ? [word] : [bare.slice(0, -suffix.length), suffix]
}

function fewestWords(joined: string): readonly string[] | null {
  const best: (readonly string[] | null)[] = [[]]
  for (let end = 1; end <= joined.length; end++) {
    let found: readonly string[] | null = null
    for (let start = Math.max(0, end - longestWord); start < end; start++) {
      const before = best[start]
      if (!before || (found !== null && before.length + 1 >= found.length)) continue
      const word = joined.slice(start, end)
      if (dictionary.has(word)) found = [...before, word]
    }
    best[end] = found
  }
  return best[joined.length] ?? null
}
