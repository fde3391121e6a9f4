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

/** A word of a name that makes it secret, in the singular. */
export const secretWords = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'pwd', 'psk', 'secret', 'token', 'credential', 'authtoken'],
  ...['apikey', 'accesskey', 'secretkey', 'privatekey', 'bearer', 'dockercfg', 'htpasswd'],
  ...['dockerconfigjson', 'kubeconfig', 'connectionstring', 'otp', 'plaintext'],
] as const

/** Two words in a row that make a name secret, in the singular. */
export const secretPairs = [
  ...['api key', 'access key', 'private key', 'secret key', 'encryption key', 'decryption key', 'signing key'],
  ...['shared key', 'preshared key', 'account key', 'auth key', 'license key', 'master key', 'session key'],
  ...['client key', 'server key', 'tls key', 'hmac key', 'deploy key', 'instrumentation key'],
  ...['connection string', 'key material', 'kube config'],
] as const

/** Whole names that are secret, though their words aren't. */
export const secretNames = [
  ...[
    'auth',
    'pass',
    'authorization',
    'cookie',
    'set_cookie',
    'basic_auth',
    'auth_config',
    'kube_config_raw',
    'kube_admin_config_raw',
  ],
] as const

/** Below these everything is secret. */
export const vaultNames = [
  ...['secrets', 'credentials', 'passwords', 'tokens', 'secret_data', 'secret_values', 'sensitive_values'],
  ...['protected_settings', 'sensitive_environment_variables', 'secret_environment_variables', 'auths'],
  ...['kube_config', 'kube_admin_config', 'secure_parameters', 'sensitive_parameters', 'set_sensitive'],
] as const

/** Whole names that aren't secret, though their words are: positions in a list, one-time marks of a request, amounts. */
const harmlessNames = new Set([
  ...['next_token', 'next_page_token', 'page_token', 'continuation_token', 'creation_token', 'idempotency_token'],
  ...['client_request_token', 'client_token', 'lock_token', 'update_token', 'policy_update_token', 'version_token'],
  ...['dkim_tokens', 'max_tokens', 'min_tokens', 'num_tokens', 'total_tokens', 'value_from'],
])

/** Last words that say which thing about a secret stands there: its name, its age, not the secret. */
const harmlessEnds = new Set([
  ...['name', 'names', 'id', 'ids', 'arn', 'arns', 'uid', 'uri', 'uris', 'url', 'urls', 'endpoint', 'endpoints'],
  ...['ref', 'refs', 'reference', 'references', 'selector', 'path', 'paths', 'file', 'files', 'dir', 'store'],
  ...['type', 'types', 'kind', 'version', 'versions', 'class', 'engine', 'method', 'methods', 'mode', 'format'],
  ...['algorithm', 'algorithms', 'provider', 'providers', 'manager', 'status', 'state', 'description', 'label'],
  ...['length', 'size', 'count', 'min', 'max', 'minimum', 'maximum', 'limit', 'limits', 'quota', 'strength', 'units'],
  ...['ttl', 'expiry', 'expiration', 'expires', 'lifetime', 'duration', 'period', 'age', 'days', 'hours', 'minutes'],
  ...['seconds', 'ms', 'date', 'time', 'timestamp', 'at', 'on', 'used', 'changed', 'updated', 'created', 'modified'],
  ...['rotated', 'rotation', 'policy', 'policies', 'history', 'complexity', 'validity', 'requirement', 'requirements'],
  ...['enabled', 'disabled', 'required', 'enable', 'allowed', 'supported', 'reset', 'recovery', 'reuse', 'management'],
  ...['strategy', 'encryption', 'scope', 'scopes', 'audience', 'audiences', 'issuer', 'username', 'region', 'location'],
  ...['configuration', 'configurations', 'config', 'settings', 'option', 'options', 'parameter', 'parameters', 'param'],
  ...['field', 'fields', 'selection', 'expression', 'source', 'sources', 'scheme', 'storage', 'generation', 'domains'],
  ...['namespace', 'fingerprint', 'usage', 'spec', 'verbs', 'stage', 'stages', 'alias', 'aliases', 'port', 'protocol'],
])

const pairedNames = new Set([
  ...['value', 'Value', 'val', 'ParameterValue', 'parameter_value', 'parameterValue', 'stringValue', 'StringValue'],
  ...['string_value', 'OptionValue', 'TagValue'],
])

/** Where the name of such a pair stands. */
export const pairNames = [
  ...['name', 'Name', 'key', 'Key', 'ParameterName', 'ParameterKey', 'parameter_name', 'parameter_key'],
  ...['parameterName', 'parameterKey', 'variable', 'OptionName', 'TagKey', 'option_name', 'field'],
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
  const parts = wordsOf(name)
  const whole = parts.join('_')
  if (secret.has(whole)) return 'secret'
  if (vaults.has(whole)) return 'vault'
  if (harmlessNames.has(whole) || harmlessEnds.has(parts.at(-1) ?? '') || parts.includes('public')) return 'harmless'
  return isSecret(parts) ? 'secret' : 'plain'
}

const secret = new Set<string>(secretNames)
const vaults = new Set<string>(vaultNames)
const words = new Set<string>(secretWords)
const pairs = new Set<string>(secretPairs)

/** Words that make a name secret only where they end it: `authorization_config` is a setting. */
const secretEnds = new Set(['pass', 'authorization'])

function isSecret(parts: readonly string[]): boolean {
  if (secretEnds.has(parts.at(-1) ?? '')) return true
  const singular = parts.map((word) => word.replace(/\d+$/, '').replace(/([^s])s$/, '$1'))
  return singular.some((word, at) => {
    const next = singular[at + 1]
    // "Secrets Manager" and "token bucket" are names of other things.
    if (next === 'manager' || next === 'bucket') return false
    return words.has(word) || pairs.has(`${word} ${next}`)
  })
}

const maxNameLength = 512

const wordsOf = (name: string): string[] =>
  name
    .slice(-maxNameLength)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '')
