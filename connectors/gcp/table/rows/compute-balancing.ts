import type { Row } from '../row.ts'
import { apart, everywhere, globally } from './compute-parts.ts'
import { children, isOfKubernetes } from './row-parts.ts'

const asset = (name: string): readonly string[] => [`compute.googleapis.com/${name}`]

const ambient = children(isOfKubernetes)

export const computeBalancingRows: readonly Row[] = [
  ...apart(
    'forwardingRules',
    'ForwardingRule',
    { regional: 'google_compute_forwarding_rule', global: 'google_compute_global_forwarding_rule' },
    { metadata: ['pscConnectionStatus', 'pscConnectionId', 'baseForwardingRule'], ambient },
  ),
  ...apart(
    'backendServices',
    'BackendService',
    { global: 'google_compute_backend_service', regional: 'google_compute_region_backend_service' },
    { metadata: ['usedBy'], ambient },
  ),
  {
    type: 'google_compute_backend_bucket',
    list: globally('backendBuckets'),
    assets: asset('BackendBucket'),
    metadata: ['usedBy'],
  },
  ...apart(
    'healthChecks',
    'HealthCheck',
    {
      global: 'google_compute_health_check',
      regional: 'google_compute_region_health_check',
    },
    { ambient },
  ),
  { type: 'google_compute_http_health_check', list: globally('httpHealthChecks'), assets: asset('HttpHealthCheck') },
  { type: 'google_compute_https_health_check', list: globally('httpsHealthChecks'), assets: asset('HttpsHealthCheck') },
  ...apart(
    'urlMaps',
    'UrlMap',
    { global: 'google_compute_url_map', regional: 'google_compute_region_url_map' },
    { ambient },
  ),
  ...apart(
    'targetHttpProxies',
    'TargetHttpProxy',
    {
      global: 'google_compute_target_http_proxy',
      regional: 'google_compute_region_target_http_proxy',
    },
    { ambient },
  ),
  ...apart(
    'targetHttpsProxies',
    'TargetHttpsProxy',
    {
      global: 'google_compute_target_https_proxy',
      regional: 'google_compute_region_target_https_proxy',
    },
    { ambient },
  ),
  ...apart('targetTcpProxies', 'TargetTcpProxy', {
    global: 'google_compute_target_tcp_proxy',
    regional: 'google_compute_region_target_tcp_proxy',
  }),
  { type: 'google_compute_target_ssl_proxy', list: globally('targetSslProxies'), assets: asset('TargetSslProxy') },
  { type: 'google_compute_target_grpc_proxy', list: globally('targetGrpcProxies'), assets: asset('TargetGrpcProxy') },
  {
    type: 'google_compute_target_pool',
    list: everywhere('targetPools'),
    assets: asset('TargetPool'),
    ambient,
  },
  ...sslCertificates(),
  ...apart('sslPolicies', 'SslPolicy', {
    global: 'google_compute_ssl_policy',
    regional: 'google_compute_region_ssl_policy',
  }),
  ...apart(
    'networkEndpointGroups',
    'NetworkEndpointGroup',
    {
      zonal: 'google_compute_network_endpoint_group',
      regional: 'google_compute_region_network_endpoint_group',
      global: 'google_compute_global_network_endpoint_group',
    },
    { metadata: ['size', 'pscData.pscConnectionStatus'], ambient },
  ),
  ...apart(
    'securityPolicies',
    'SecurityPolicy',
    { global: 'google_compute_security_policy', regional: 'google_compute_region_security_policy' },
    // Its answer has the rules, which a list may lack.
    { get: null },
  ),
]

/** Those that Google renews are a type of their own. */
function sslCertificates(): readonly Row[] {
  const metadata = ['expireTime', 'managed.status', 'managed.domainStatus', 'certificate']
  const [own, ...regional] = apart('sslCertificates', 'SslCertificate', {
    global: 'google_compute_ssl_certificate',
    regional: 'google_compute_region_ssl_certificate',
  })
  if (own === undefined) throw new Error('there are certificates that are not in a region')
  const only = own.only ?? (() => true)
  return [
    { ...own, only: (item) => only(item) && item.type !== 'MANAGED' },
    {
      ...own,
      type: 'google_compute_managed_ssl_certificate',
      only: (item) => only(item) && item.type === 'MANAGED',
      metadata,
    },
    ...regional,
  ]
}
