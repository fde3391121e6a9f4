import type { Json } from '../../../model/resource.ts'

type Members = { [name: string]: Json }

/** One way to hold a secret that is more than a name or a text. */
export interface ObjectGuise {
  readonly what: string
  readonly type?: string
  /** Whether it was found in the clear once, so that none may ever be again. */
  readonly isListed?: boolean
  readonly of: (secret: string) => Members
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const gzip = (text: string): string => Buffer.from(Bun.gzipSync(text)).toString('base64')
const script = (secret: string): string => `#!/bin/sh\nexport DB_PASSWORD=${secret}\n/opt/app/serve --port 8080\n`
const cloudConfig = (secret: string): string =>
  `#cloud-config\nchpasswd:\n  list: |\n    root:${secret}\n  expire: false\n`
const manifest = (secret: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  url: ${secret}\n`

const pairOf = (nameField: string, valueField: string): ObjectGuise => ({
  what: `a pair of ${nameField} and ${valueField}`,
  of: (secret) => ({ env: [{ [nameField]: 'DB_PASSWORD', [valueField]: secret }] }),
})

const fieldOf = (type: string, field: string): ObjectGuise => ({
  what: `${type}.${field}`,
  type,
  of: (secret) => ({ [field]: secret }),
})

const argumentsOf = (...words: string[]): ObjectGuise => ({
  what: `arguments ${words.join(' ')}`,
  of: (secret) => ({ command: words.map((word) => word.replace('§', secret)) }),
})

export const objectGuises: readonly ObjectGuise[] = [
  pairOf('name', 'value'),
  pairOf('key', 'value'),
  { ...pairOf('variable_name', 'value'), isListed: true },
  { ...pairOf('k', 'v'), isListed: true },
  pairOf('Key', 'Value'),
  pairOf('K', 'V'),
  pairOf('name', 'v'),
  pairOf('key', 'val'),
  pairOf('variable', 'value'),
  pairOf('variableName', 'value'),
  pairOf('name', 'default_value'),
  pairOf('setting_name', 'value'),
  pairOf('header', 'value'),
  pairOf('ParameterKey', 'ParameterValue'),
  pairOf('OptionName', 'Value'),
  pairOf('env_name', 'env_value'),
  { isListed: true, what: 'user_data in clear', type: 'aws_instance', of: (s) => ({ user_data: script(s) }) },
  {
    isListed: true,
    what: 'user_data_base64',
    type: 'aws_instance',
    of: (s) => ({ user_data_base64: base64(script(s)) }),
  },
  { isListed: true, what: 'user_data in base64', type: 'aws_instance', of: (s) => ({ user_data: base64(script(s)) }) },
  { isListed: true, what: 'user_data as gzip', type: 'aws_instance', of: (s) => ({ user_data: gzip(cloudConfig(s)) }) },
  {
    isListed: true,
    what: 'user_data of a template',
    type: 'aws_launch_template',
    of: (s) => ({ user_data: base64(script(s)) }),
  },
  { what: 'user_data of another type', of: (s) => ({ user_data: base64(cloudConfig(s)) }) },
  {
    what: 'user-data of metadata',
    type: 'google_compute_instance',
    of: (s) => ({ metadata: { 'user-data': cloudConfig(s) } }),
  },
  { what: 'a start-up script', type: 'google_compute_instance', of: (s) => ({ metadata_startup_script: script(s) }) },
  { what: 'custom_data', type: 'azurerm_linux_virtual_machine', of: (s) => ({ custom_data: base64(script(s)) }) },
  {
    what: 'PowerShell in UTF-16',
    of: (s) => ({ command: `powershell -enc ${Buffer.from(`$password = "${s}"`, 'utf16le').toString('base64')}` }),
  },
  { isListed: true, what: 'base64 of a connection string', of: (s) => ({ blob: base64(`Server=h;Password=${s};`) }) },
  { what: 'base64 of JSON', of: (s) => ({ blob: base64(JSON.stringify({ password: s })) }) },
  { what: 'base64 of base64', of: (s) => ({ blob: base64(base64(`password=${s}`)) }) },
  { what: 'base64url of a URL', of: (s) => ({ blob: Buffer.from(`postgres://app:${s}@db/x`).toString('base64url') }) },
  {
    isListed: true,
    what: 'base64 within a text',
    of: (s) => ({ text: `echo ${base64(`export API_TOKEN=${s}\n`)} | base64 -d` }),
  },
  { what: 'a data URL', of: (s) => ({ url: `data:text/plain;base64,${base64(`password: ${s}`)}` }) },
  { what: 'JSON in a text', of: (s) => ({ text: JSON.stringify({ a: [{ password: s }] }) }) },
  { what: 'JSON in JSON in a text', of: (s) => ({ text: JSON.stringify({ a: JSON.stringify({ apiKey: s }) }) }) },
  { what: 'a pair in JSON in a text', of: (s) => ({ text: JSON.stringify([{ name: 'DB_PASSWORD', value: s }]) }) },
  {
    what: 'container definitions',
    type: 'aws_ecs_task_definition',
    of: (s) => ({
      container_definitions: JSON.stringify([{ name: 'x', environment: [{ name: 'DBPASSWORD', value: s }] }]),
    }),
  },
  {
    what: 'variables of a function',
    type: 'aws_lambda_function',
    of: (s) => ({ environment: [{ variables: { PGPASSWORD: s } }] }),
  },
  { isListed: true, what: 'yaml_body', type: 'kubectl_manifest', of: (s) => ({ yaml_body: manifest(s) }) },
  {
    what: 'yaml_body in documents',
    type: 'kubectl_manifest',
    of: (s) => ({ yaml_body: `kind: ConfigMap\ndata:\n  a: b\n---\n${manifest(s)}` }),
  },
  { what: 'yaml_body_parsed', type: 'kubectl_manifest', of: (s) => ({ yaml_body_parsed: manifest(base64(s)) }) },
  { what: 'data of a Secret', type: 'kubernetes_secret', of: (s) => ({ data: { x: s } }) },
  {
    what: 'a manifest of a Secret',
    type: 'kubernetes_manifest',
    of: (s) => ({ manifest: { kind: 'Secret', data: { x: s } } }),
  },
  {
    what: 'an applied annotation',
    of: (s) => ({
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ kind: 'Secret', data: { x: s } }),
      },
    }),
  },
  { what: 'a list under passwords', of: (s) => ({ passwords: [s] }) },
  { what: 'a map under tokens', of: (s) => ({ tokens: { ci: s } }) },
  { isListed: true, what: 'a token for a key', of: (s) => ({ users: { [`ghp_${s}abcdefghijklmnopqrst`]: 'bob' } }) },
  { what: 'a random key below tokens', of: (s) => ({ tokens: { [`${s}a1b2c3d4`]: { user: 'bob' } } }) },
  { what: 'a JWT for a key', of: (s) => ({ sessions: { [`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${s}aaaaaaaa`]: 1 } }) },
  { what: 'an OpenAI key for a key', of: (s) => ({ keys: { [`sk-${s}abcdefghij0123456789`]: 'prod' } }) },
  { what: 'a header in a map', of: (s) => ({ headers: { Authorization: `Bearer ${s}` } }) },
  { what: 'a header in a list', of: (s) => ({ headers: [`X-Api-Key: ${s}`] }) },
  { what: 'values of a chart', type: 'helm_release', of: (s) => ({ values: [`auth:\n  rootPassword: ${s}\n`] }) },
  { what: 'set of a chart', type: 'helm_release', of: (s) => ({ set: [{ name: 'auth.password', value: s }] }) },
  { what: 'set_sensitive of a chart', type: 'helm_release', of: (s) => ({ set_sensitive: [{ name: 'x', value: s }] }) },
  { ...fieldOf('vault_kv_secret', 'data_json'), isListed: true },
  fieldOf('vault_kv_secret_v2', 'data_json'),
  fieldOf('vault_generic_secret', 'data_json'),
  fieldOf('vault_approle_auth_backend_login', 'client_token'),
  fieldOf('vault_approle_auth_backend_role_secret_id', 'secret_id'),
  fieldOf('vault_token', 'client_token'),
  fieldOf('aws_ssm_parameter', 'value'),
  fieldOf('aws_ssm_parameter', 'insecure_value'),
  fieldOf('aws_secretsmanager_secret_version', 'secret_string'),
  fieldOf('aws_db_instance', 'password'),
  fieldOf('aws_iam_access_key', 'secret'),
  fieldOf('aws_iam_user_login_profile', 'password'),
  fieldOf('aws_elasticache_replication_group', 'auth_token'),
  fieldOf('azurerm_key_vault_secret', 'value'),
  fieldOf('azurerm_eventhub_authorization_rule', 'primary_key'),
  fieldOf('azurerm_servicebus_namespace_authorization_rule', 'secondary_key'),
  fieldOf('azurerm_storage_account', 'primary_access_key'),
  fieldOf('azurerm_container_registry', 'admin_password'),
  fieldOf('azurerm_kubernetes_cluster', 'kube_config_raw'),
  fieldOf('azurerm_cosmosdb_account', 'primary_key'),
  fieldOf('azurerm_api_management_named_value', 'value'),
  fieldOf('google_service_account_key', 'private_key'),
  fieldOf('google_secret_manager_secret_version', 'secret_data'),
  fieldOf('google_sql_user', 'password'),
  fieldOf('google_apikeys_key', 'key_string'),
  fieldOf('random_password', 'result'),
  fieldOf('tls_private_key', 'private_key_pem'),
  fieldOf('github_actions_secret', 'plaintext_value'),
  fieldOf('github_actions_organization_secret', 'plaintext_value'),
  fieldOf('github_dependabot_secret', 'plaintext_value'),
  fieldOf('gitlab_project_variable', 'value'),
  fieldOf('cloudflare_api_token', 'value'),
  fieldOf('cloudflare_workers_secret', 'secret_text'),
  fieldOf('datadog_api_key', 'key'),
  fieldOf('datadog_application_key', 'key'),
  fieldOf('consul_acl_token_secret_id', 'secret_id'),
  fieldOf('grafana_api_key', 'key'),
  fieldOf('tfe_variable', 'value'),
  fieldOf('spacelift_environment_variable', 'value'),
  fieldOf('vercel_project_environment_variable', 'value'),
  fieldOf('digitalocean_spaces_key', 'secret_key'),
  fieldOf('scaleway_iam_api_key', 'secret_key'),
  fieldOf('hcloud_uploaded_certificate', 'private_key'),
  fieldOf('pagerduty_service_integration', 'integration_key'),
  fieldOf('opsgenie_api_integration', 'api_key'),
  fieldOf('mongodbatlas_database_user', 'password'),
  fieldOf('confluent_api_key', 'secret'),
  fieldOf('snowflake_user', 'rsa_private_key'),
  fieldOf('okta_app_oauth', 'client_secret'),
  fieldOf('auth0_client_credentials', 'client_secret'),
  argumentsOf('serve', '--password', '§'),
  argumentsOf('serve', '--password=§'),
  argumentsOf('mysql', '-u', 'root', '-p§'),
  argumentsOf('sshpass', '-p', '§', 'ssh', 'h'),
  argumentsOf('docker', 'login', '-u', 'bob', '-p', '§'),
  argumentsOf('curl', '-u', 'admin:§', 'https://h'),
  argumentsOf('redis-server', '--requirepass', '§'),
  argumentsOf('redis-cli', '-a', '§', 'ping'),
  argumentsOf('psql', 'postgresql://app:§@db/x'),
  argumentsOf('sh', '-c', 'PGPASSWORD=§ psql'),
  argumentsOf('java', '-Ddb.password=§', '-jar', 'x.jar'),
  argumentsOf('ldapsearch', '-x', '-w', '§'),
  argumentsOf('openssl', 'rsa', '-passin', 'pass:§'),
  { what: 'a number', of: () => ({ password: 987654321 }) },
]
