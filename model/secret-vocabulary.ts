/**
 * The words that names are made of, as far as they say whether a value is secret. `secret-names.ts` reads them.
 *
 * Singular and without accents, since names are compared like that.
 */

/** Words that make a name secret wherever they stand in it. */
export const secretWords = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'pwd', 'psk', 'secret', 'token', 'credential', 'cred'],
  ...['apikey', 'accesskey', 'secretkey', 'privatekey', 'bearer', 'dockercfg', 'htpasswd', 'requirepass', 'passkey'],
  ...['dockerconfigjson', 'kubeconfig', 'connectionstring', 'connstr', 'otp', 'plaintext', 'pepper', 'mnemonic'],
  // German, Dutch, Swedish, Danish, Norwegian, Finnish.
  ...['passwort', 'kennwort', 'geheimnis', 'wachtwoord', 'losenord', 'adgangskode', 'kodeord', 'passord', 'salasana'],
  // French, Spanish, Portuguese, Italian, Romanian, Turkish.
  ...['motdepasse', 'passe', 'mdp', 'contrasena', 'clave', 'senha', 'segredo', 'parola', 'sifre'],
  // Polish, Czech, Hungarian, Slovene, Croatian, Lithuanian.
  ...['haslo', 'heslo', 'jelszo', 'geslo', 'lozinka', 'slaptazodis', 'matkhau'],
] as const

/** Words in other scripts; found anywhere in a name, because some of these languages put no spaces between words. */
export const foreignWords = [
  ...['пароль', 'парола', 'лозинка', 'κωδικος', '密码', '密碼', '口令', 'パスワード', '暗証番号', '비밀번호', '암호'],
  ...['סיסמה', 'كلمة السر', 'كلمة المرور', 'รหัสผ่าน', 'पासवर्ड'],
] as const

/** Two words in a row that make a name secret. */
export const secretPairs = [
  ...['api key', 'access key', 'private key', 'priv key', 'secret key', 'encryption key', 'decryption key'],
  ...['signing key', 'shared key', 'preshared key', 'account key', 'auth key', 'license key', 'master key'],
  ...['session key', 'client key', 'server key', 'tls key', 'hmac key', 'deploy key', 'instrumentation key'],
  ...[
    'app key',
    'application key',
    'function key',
    'storage key',
    'unseal key',
    'recovery key',
    'service key',
    'wireguard key',
  ],
  ...['ingestion key', 'ingest key', 'integration key', 'tacacs key', 'radius key', 'jwt key', 'authentication key'],
  ...['connection string', 'connection str', 'conn string', 'conn str', 'key material', 'kube config'],
  ...['community string', 'snmp community', 'seed phrase', 'totp seed', 'mfa seed', 'otp seed', 'recovery code'],
  ...['backup code', 'pin code', 'erlang cookie', 'auth salt', 'encryption salt', 'kata sandi', 'mat khau'],
  ...['gitlab pat', 'github pat', 'gh pat', 'azure pat', 'devops pat', 'set cookie', 'root pw', 'bind pw'],
] as const

/** Words that make a name secret only where they end it: `pass_role` is a setting. */
export const secretEnds = new Set(['pass', 'pw'])

/** With one of these anywhere before it, `auth` at the end of a name holds a user and a password. */
export const authOwners = new Set([
  ...['redis', 'basic', 'http', 'proxy', 'registry', 'npm', 'smtp', 'docker', 'neo4j', 'master', 'rabbitmq', 'mongo'],
  ...['rediscli', 'imap', 'mqtt', 'ldap', 'x'],
])

/** Whole names that are secret, though their words aren't. */
export const secretNames = [
  ...['auth', 'pass', 'authorization', 'cookie', 'set_cookie', 'basic_auth', 'auth_config'],
  ...['kube_config_raw', 'kube_admin_config_raw'],
] as const

/** Below these everything is secret. */
export const vaultNames = [
  ...['secrets', 'credentials', 'passwords', 'tokens', 'secret_data', 'secret_values', 'sensitive_values'],
  ...['protected_settings', 'sensitive_environment_variables', 'secret_environment_variables', 'auths'],
  ...['kube_config', 'kube_admin_config', 'secure_parameters', 'sensitive_parameters', 'set_sensitive'],
] as const

/** Whole names that aren't secret, though their words are: positions in a list, one-time marks of a request, amounts. */
export const harmlessNames = new Set([
  ...['next_token', 'next_page_token', 'page_token', 'pagination_token', 'continuation_token', 'creation_token'],
  ...['idempotency_token', 'client_request_token', 'client_token', 'lock_token', 'update_token'],
  ...['policy_update_token', 'version_token', 'dkim_tokens', 'max_tokens', 'min_tokens', 'num_tokens', 'total_tokens'],
  ...['value_from', 'search_tokens', 'http_tokens', 'metadata_options_http_tokens', 'pass_role', 'pass_count'],
])

/** First words of names that say what is done with secrets, or where they are: `rotate_secrets`, `existing_secret`. */
export const harmlessStarts = new Set([
  ...['allowed', 'denied', 'rotate', 'existing', 'ignore', 'ignored', 'excluded', 'included', 'forbidden', 'permitted'],
  ...['requires', 'detect', 'scan', 'num', 'minimum', 'maximum', 'has', 'is', 'passwordless', 'tokenizer'],
  ...['allow', 'manage', 'use', 'purge', 'recover', 'include', 'exclude', 'generate', 'skip', 'force', 'fetch', 'sync'],
  ...['validate', 'support', 'return', 'overlap', 'available'],
])

/** Last words that say which thing about a secret a field holds: its name, its age, not the secret. */
export const harmlessEnds = new Set([
  ...['name', 'names', 'id', 'ids', 'arn', 'arns', 'uid', 'uri', 'uris', 'url', 'urls', 'endpoint', 'endpoints'],
  ...['ref', 'refs', 'reference', 'references', 'selector', 'path', 'paths', 'file', 'files', 'dir', 'store'],
  ...['type', 'types', 'kind', 'version', 'versions', 'class', 'engine', 'method', 'methods', 'mode', 'format'],
  ...['algorithm', 'algorithms', 'alg', 'algs', 'provider', 'providers', 'manager', 'status', 'state', 'description'],
  ...['label', 'labels', 'length', 'size', 'count', 'min', 'max', 'minimum', 'maximum', 'limit', 'limits', 'quota'],
  ...['strength', 'units', 'ttl', 'expiry', 'expiration', 'expires', 'lifetime', 'lifespan', 'duration', 'period'],
  ...['age', 'days', 'hours', 'minutes', 'seconds', 'ms', 'date', 'time', 'timeout', 'timestamp', 'at', 'on', 'used'],
  ...['changed', 'updated', 'created', 'modified', 'rotated', 'rotation', 'policy', 'policies', 'history'],
  ...['complexity', 'validity', 'requirement', 'requirements', 'enabled', 'disabled', 'required', 'enable'],
  ...['allowed', 'supported', 'reset', 'recovery', 'reuse', 'prevention', 'management', 'strategy', 'encryption'],
  ...['scope', 'scopes', 'audience', 'audiences', 'issuer', 'username', 'region', 'location', 'configuration'],
  ...['configurations', 'config', 'settings', 'option', 'options', 'parameter', 'parameters', 'param', 'field'],
  ...['fields', 'selection', 'expression', 'source', 'sources', 'scheme', 'storage', 'generation', 'domains'],
  ...['namespace', 'fingerprint', 'usage', 'spec', 'verbs', 'stage', 'stages', 'alias', 'aliases', 'port'],
  ...['protocol', 'permission', 'permissions', 'boundary', 'cidr', 'cidrs', 'uses', 'refresh', 'renewal', 'interval'],
  ...['frequency', 'schedule', 'enforcement', 'validation', 'verification', 'exchange', 'host', 'server', 'service'],
  ...['backend', 'bucket', 'cache', 'driver', 'plugin', 'role', 'roles', 'group', 'groups', 'pattern', 'template'],
  ...['rule', 'rules', 'attempts', 'retries', 'window', 'charset', 'level', 'mount', 'accessor', 'protection'],
  ...['retention', 'owner', 'subject', 'claim', 'claims', 'replication', 'replica', 'replicas', 'tags', 'annotations'],
  ...['metadata', 'title', 'display', 'comment', 'message', 'exists', 'header', 'headers', 'lambda', 'function'],
  ...['project', 'environment', 'identifier', 'identifiers', 'acceptance', 'behavior', 'behaviour', 'detection'],
  ...['scanning', 'authentication', 'signing', 'hint', 'category', 'subtype', 'columns', 'column', 'flow', 'flows'],
  ...[
    'minute',
    'in',
    'budget',
    'filter',
    'filters',
    'ring',
    'properties',
    'bits',
    'restrictions',
    'aud',
    'vendor',
    'prefix',
  ],
  ...['suffix', 'action', 'actions', 'check', 'revocation', 'signup', 'volumes', 'relay', 'params', 'is', 'thumbprint'],
  ...['lock', 'lockout', 'update', 'updates', 'mapping', 'mappings', 'target', 'targets', 'operation', 'operations'],
])

/** Last words for a digest, which gives no random key away, but may give away a password. */
export const digestEnds = new Set(['sha256', 'sha1', 'sha512', 'md5', 'checksum', 'crc32c'])

/** Words beside secret ones where a name joins its words: `pgpassword`, `redisauth`. A name is split only if all of it is known. */
export const otherWords = [
  ...['db', 'pg', 'sa', 'sys', 'sql', 'mysql', 'mssql', 'postgres', 'postgresql', 'redis', 'cli', 'mongo', 'maria'],
  ...['rabbit', 'rabbitmq', 'amqp', 'kafka', 'elastic', 'neo4j', 'oracle', 'ldap', 'bind', 'smtp', 'mail', 'imap'],
  ...['ftp', 'ssh', 'ssl', 'tls', 'vpn', 'wifi', 'wpa', 'snmp', 'http', 'proxy', 'registry', 'docker', 'kube', 'npm'],
  ...[
    'aws',
    'azure',
    'gcp',
    'google',
    'git',
    'github',
    'gitlab',
    'slack',
    'stripe',
    'vault',
    'consul',
    'root',
    'admin',
  ],
  ...['user', 'client', 'server', 'master', 'app', 'application', 'api', 'web', 'site', 'service', 'account', 'host'],
  ...['auth', 'oauth', 'oidc', 'jwt', 'hmac', 'session', 'cookie', 'access', 'refresh', 'private', 'priv', 'public'],
  ...[
    'shared',
    'preshared',
    'pre',
    'signing',
    'encryption',
    'decryption',
    'primary',
    'secondary',
    'connection',
    'conn',
  ],
  ...['string', 'str', 'key', 'store', 'trust', 'function', 'storage', 'license', 'recovery', 'unseal', 'pass', 'pw'],
  ...['basic', 'hash', 'seed', 'phrase', 'totp', 'pin', 'code', 'community', 'instrumentation', 'gh', 'pat', 'new'],
  ...['vnc', 'winrm', 'samba', 'domain', 'grafana', 'jenkins', 'nexus', 'sonar', 'minio', 'etcd', 'rds', 'cache'],
  ...['queue', 'broker', 'mqtt', 'sentry', 'cluster', 'node', 'join', 'agent', 'super', 'become', 'sudo', 'guest'],
  ...['readonly', 'repl', 'monitor', 'exporter', 'email', 'login', 'windows', 'local', 'prod', 'dev'],
  ...['relic', 'sas', 'base', 'tacacs', 'radius', 'erlang', 'my', 'secret', 'deploy', 'backup', 'default', 'test'],
] as const

/** Where such a word ends a name that joins its words, the name is secret, whatever stands before it. */
export const secretSuffixes = [
  ...['password', 'passwd', 'passphrase', 'secret', 'token', 'credential', 'creds', 'apikey', 'accesskey', 'secretkey'],
  ...['privatekey', 'connectionstring', 'connstr', 'passwort', 'kennwort', 'pwd', 'contrasena', 'motdepasse'],
] as const
