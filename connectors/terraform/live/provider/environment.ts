/**
 * The environment of a provider's process. A provider is somebody else's program with our credentials, so it gets what providers are documented
 * to read, and nothing else that the process of vaino happens to have.
 */

/** Names that a provider may read; one that ends in `*` stands for all that begin so. */
const allowed = [
  // The machine: where programs and files are, how texts are written, how the network is reached.
  'PATH HOME USER LOGNAME SHELL LANG LC_* TZ HOSTNAME XDG_* GOMEMLIMIT GOMAXPROCS',
  'HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy SSL_CERT_FILE SSL_CERT_DIR',
  'SSH_AUTH_SOCK',
  // Clouds and clusters.
  'AWS_* AMAZON_*',
  'GOOGLE_* GCLOUD_* CLOUDSDK_* GCP_*',
  'ARM_* AZURE_* MSI_* IDENTITY_* IMDS_*',
  'KUBE* HELM_*',
  'ALICLOUD_* ALIBABA_CLOUD_* TENCENTCLOUD_* OCI_* HCLOUD_* DIGITALOCEAN_* SPACES_* LINODE_* VULTR_* OVH_* SCW_* OS_*',
  'VSPHERE_* NUTANIX_* PROXMOX_* PM_* LIBVIRT_*',
  // Services.
  'GITHUB_* GITLAB_* BITBUCKET_* CI_JOB_TOKEN CI_API_V4_URL',
  'CLOUDFLARE_* CF_* FASTLY_* AKAMAI_* NS1_* DNSIMPLE_*',
  'DATADOG_* DD_* NEW_RELIC_* NEWRELIC_* GRAFANA_* PAGERDUTY_* OPSGENIE_* SENTRY_* SPLUNK_* HONEYCOMB_* LAUNCHDARKLY_*',
  'OKTA_* AUTH0_* VAULT_* CONSUL_* NOMAD_* BOUNDARY_* TFE_* HCP_*',
  'MONGODB_* CONFLUENT_* SNOWFLAKE_* DATABRICKS_* PG* MYSQL_* REDISCLOUD_* ELASTIC* EC_API_KEY ROLLBAR_* SLACK_*',
  'DOCKER_* ARTIFACTORY_* JFROG_*',
].flatMap((line) => line.split(' '))

/** Turns the logs off. They hold the bodies of answers, and vaino would only throw them away. */
const silenced = { TF_LOG: 'off', TF_LOG_SDK: 'off', TF_LOG_PROVIDER: 'off', TF_LOG_CORE: 'off' } as const

/** Any of these makes a provider listen, write or wait in another way than vaino expects. */
const refused = /^(?:TF_LOG|TF_ACC|TF_REATTACH_|PLUGIN_|TF_PLUGIN_MAGIC_COOKIE$)/

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/**
 * What a provider's process gets of vaino's environment.
 * @param type the last part of a provider's address, which its own log variable is named by
 * @param env names that the user adds
 */
export function providerEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  type: string,
  env: readonly string[],
): Record<string, string> {
  const patterns = [...allowed, ...env]
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(from))
    if (value !== undefined && !refused.test(name) && patterns.some((pattern) => matches(pattern, name)))
      environment[name] = value
  return { ...environment, ...silenced, [`TF_LOG_PROVIDER_${type.toUpperCase().replaceAll('-', '_')}`]: 'off' }
}
