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

/** A word of a name that makes it secret. */
export const secretWords = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'pwd', 'psk', 'secret', 'token', 'credential', 'authtoken'],
  ...['apikey', 'accesskey', 'secretkey', 'privatekey', 'authorization', 'bearer', 'dockercfg'],
  ...['dockerconfigjson', 'kubeconfig', 'connectionstring', 'otp', 'htpasswd', 'sshkey'],
] as const

/** Two words in a row that make a name secret. */
export const secretPairs = [
  ...['api key', 'access key', 'private key', 'secret key', 'encryption key', 'decryption key', 'signing key'],
  ...['shared key', 'preshared key', 'account key', 'auth key', 'license key', 'master key', 'session key'],
  ...['client key', 'server key', 'tls key', 'ssh key', 'hmac key', 'deploy key'],
  ...['connection string', 'connection strings', 'key material', 'kube config', 'sas url'],
] as const

/** Whole names that are secret, though their words aren't. */
const secretNames = new Set([
  'auth',
  'pass',
  'cookie',
  'set_cookie',
  'basic_auth',
  'auth_config',
  'config_json',
  'kube_config_raw',
  'kube_admin_config_raw',
])

/** Below these everything is secret. */
const vaultNames = new Set([
  ...['secrets', 'credentials', 'passwords', 'tokens', 'secret_data', 'secret_values', 'sensitive_values'],
  ...['protected_settings', 'sensitive_environment_variables', 'secret_environment_variables', 'auths'],
  ...['kube_config', 'kube_admin_config', 'secure_parameters', 'sensitive_parameters'],
])

/** Ends of names that say what *kind* of thing about a secret stands there: its name, not it. */
const harmlessEnds = new Set([
  ...['name', 'names', 'id', 'ids', 'arn', 'arns', 'uid', 'uri', 'uris', 'url', 'urls', 'endpoint', 'endpoints'],
  ...['ref', 'refs', 'reference', 'selector', 'path', 'paths', 'file', 'files', 'dir', 'from', 'source', 'store'],
  ...['type', 'types', 'kind', 'version', 'versions', 'class', 'engine', 'method', 'methods', 'mode', 'format'],
  ...['algorithm', 'algorithms', 'provider', 'providers', 'manager', 'status', 'state', 'description', 'label'],
  ...['length', 'size', 'count', 'min', 'max', 'minimum', 'maximum', 'limit', 'limits', 'quota', 'strength'],
  ...['ttl', 'expiry', 'expiration', 'expires', 'lifetime', 'duration', 'period', 'age', 'days', 'hours', 'minutes'],
  ...['seconds', 'ms', 'date', 'time', 'timestamp', 'at', 'on', 'used', 'changed', 'updated', 'created', 'modified'],
  ...['rotated', 'rotation', 'policy', 'policies', 'history', 'complexity', 'validity', 'requirement', 'requirements'],
  ...[
    'enabled',
    'disabled',
    'required',
    'enable',
    'allowed',
    'supported',
    'reset',
    'recovery',
    'reuse',
    'management',
    'strategy',
    'encryption',
  ],
  ...[
    'scope',
    'scopes',
    'audience',
    'audiences',
    'issuer',
    'header',
    'headers',
    'region',
    'account',
    'user',
    'username',
  ],
  ...['service', 'namespace', 'group', 'groups', 'role', 'owner', 'fingerprint', 'usage', 'spec', 'verbs', 'stage'],
  ...['stages', 'replica', 'alias', 'aliases', 'location', 'domain', 'host', 'port', 'protocol'],
])

/** Beginnings that make a question, a number or a paging position of it. */
const harmlessStarts = new Set([
  ...['has', 'is', 'use', 'uses', 'enable', 'disable', 'allow', 'allows', 'require', 'requires', 'hide', 'no', 'num'],
  ...['max', 'min', 'total', 'automount', 'rotate', 'force', 'manage', 'public', 'next', 'page', 'continuation'],
  ...['idempotency', 'creation', 'upgrade'],
])

const pairedNames = new Set([
  ...['value', 'Value', 'val', 'ParameterValue', 'parameter_value', 'parameterValue', 'stringValue', 'StringValue'],
  ...['string_value', 'OptionValue', 'TagValue'],
])

/** Where the name of such a pair stands. */
export const pairNames = [
  ...['name', 'Name', 'key', 'Key', 'ParameterName', 'ParameterKey', 'parameter_name', 'parameter_key'],
  ...['parameterName', 'parameterKey', 'variable', 'OptionName', 'TagKey', 'option_name', 'Field', 'field'],
] as const

const sealedNames = new Set(['data', 'stringData', 'binaryData', 'string_data', 'binary_data'])

/** Names come from documents: a source that invents them must not fill the memory. Longer ones are not remembered. */
const maxCachedNames = 8192
const maxCachedLength = 128
const cache = new Map<string, NameClass>()

/** Whatever way a name is written: `dbPassword`, `DB_PASSWORD`, `db-password`, `db.password2`. */
export function classifyName(name: string): NameClass {
  const known = cache.get(name)
  if (known !== undefined) return known
  const found = classify(name)
  if (name.length > maxCachedLength) return found
  if (cache.size >= maxCachedNames) cache.clear()
  cache.set(name, found)
  return found
}

function classify(name: string): NameClass {
  if (pairedNames.has(name)) return 'paired'
  if (sealedNames.has(name)) return 'sealed'
  const words = wordsOf(name)
  const joined = words.join('_')
  if (secretNames.has(joined)) return 'secret'
  if (vaultNames.has(joined)) return 'vault'
  const last = words.at(-1) ?? ''
  if (harmlessEnds.has(last) || harmlessStarts.has(words[0] ?? '') || words.includes('public')) return 'harmless'
  return isSecret(words) ? 'secret' : 'plain'
}

const words = new Set<string>(secretWords)
const pairs = new Set<string>(secretPairs)

function isSecret(parts: readonly string[]): boolean {
  if (parts.at(-1) === 'pass') return true
  return parts.some((word, at) => {
    // "Secrets Manager" and "token bucket" are names of other things.
    const next = parts[at + 1] ?? ''
    if (next === 'manager' || next === 'bucket') return false
    return words.has(word) || words.has(word.replace(/(?:s|\d+)$/, '')) || pairs.has(`${word} ${next}`)
  })
}

const wordsOf = (name: string): string[] =>
  name
    .slice(0, 512)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '')
