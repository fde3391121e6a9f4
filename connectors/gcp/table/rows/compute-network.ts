import type { JsonObject } from '../../../../model/json.ts'
import { lastPart, textAt } from '../path.ts'
import type { Row, Surroundings } from '../row.ts'
import { apart, everywhere, globally, isGlobal, isRegional } from './compute-parts.ts'
import { children, defaults, eachBelow, isOfKubernetes, nameOf } from './row-parts.ts'

const asset = (name: string): readonly string[] => [`compute.googleapis.com/${name}`]
const isDefault = defaults(({ name }) => name === 'default')

/** A route to a subnetwork, a peering or a VPN comes and goes with these; the way out of a new network is its own. */
const isOfOther = ({ nextHopNetwork, nextHopPeering, name }: JsonObject): boolean =>
  nextHopNetwork !== undefined || nextHopPeering !== undefined || /^default-route-/.test(String(name))

/** Its lists are of `firewallPolicies`, whatever the method is called. */
const networkFirewallPolicies = { ...everywhere('firewallPolicies', 'compute.firewallPolicies.list') }
const routers = everywhere('routers')
const partOf = (item: JsonObject) => {
  const region = lastPart(textAt(item, '$parent.region'))
  return { region, router: lastPart(textAt(item, '$parent.name')), name: textAt(item, 'name') }
}
const routerPath = (item: JsonObject, { $project }: Surroundings): string => {
  const { region, router } = partOf(item)
  return `projects/${$project}/regions/${region}/routers/${router}`
}

/** What Terraform has as types of its own stands in the router too. */
const routerRows: readonly Row[] = [
  {
    type: 'google_compute_router',
    list: routers,
    assets: asset('Router'),
    metadata: ['nats', 'bgpPeers', 'interfaces'],
  },
  {
    type: 'google_compute_router_nat',
    list: routers,
    assets: asset('Router'),
    split: eachBelow('nats'),
    id: (item, { $project }) => {
      const { region, router, name } = partOf(item)
      return `${$project}/${region}/${router}/${name}`
    },
  },
  {
    type: 'google_compute_router_peer',
    list: routers,
    assets: asset('Router'),
    split: eachBelow('bgpPeers'),
    id: (item, place) => `${routerPath(item, place)}/${nameOf(item)}`,
  },
  {
    type: 'google_compute_router_interface',
    list: routers,
    assets: asset('Router'),
    split: eachBelow('interfaces'),
    id: (item) => {
      const { region, router, name } = partOf(item)
      return `${region}/${router}/${name}`
    },
  },
]

const isDefaultRule = defaults(({ name }) => /^default-allow-(?:icmp|internal|rdp|ssh)$/.test(String(name)))

export const computeNetworkRows: readonly Row[] = [
  {
    type: 'google_compute_network',
    list: globally('networks'),
    assets: asset('Network'),
    // Its subnetworks and peerings are things of their own.
    metadata: ['subnetworks', 'peerings.state', 'peerings.stateDetails'],
    ambient: isDefault,
  },
  {
    type: 'google_compute_subnetwork',
    list: everywhere('subnetworks'),
    assets: asset('Subnetwork'),
    metadata: ['state', 'utilizationDetails'],
    // A network in automatic mode has one in each region, with its name.
    ambient: isDefault,
  },
  {
    type: 'google_compute_firewall',
    list: globally('firewalls'),
    assets: asset('Firewall'),
    ambient: (item) => isDefaultRule(item) ?? children(isOfKubernetes)(item),
  },
  {
    type: 'google_compute_route',
    list: globally('routes'),
    assets: asset('Route'),
    metadata: ['warnings', 'routeStatus'],
    ambient: children(isOfOther),
  },
  ...routerRows,
  {
    type: 'google_compute_network_firewall_policy',
    list: networkFirewallPolicies,
    assets: asset('NetworkFirewallPolicy'),
    only: isGlobal,
    // Its answer has the rules, which a list may lack.
    get: null,
    metadata: ['ruleTupleCount'],
  },
  {
    type: 'google_compute_region_network_firewall_policy',
    list: networkFirewallPolicies,
    assets: asset('NetworkFirewallPolicy'),
    only: isRegional,
    get: null,
    metadata: ['ruleTupleCount'],
  },
  ...apart(
    'addresses',
    'Address',
    { regional: 'google_compute_address', global: 'google_compute_global_address' },
    // Who uses it is said by the user.
    { metadata: ['status', 'users'], ambient: children(isOfKubernetes) },
  ),
  {
    type: 'google_compute_vpn_tunnel',
    list: everywhere('vpnTunnels'),
    assets: asset('VpnTunnel'),
    metadata: ['status', 'detailedStatus'],
  },
  { type: 'google_compute_ha_vpn_gateway', list: everywhere('vpnGateways'), assets: asset('VpnGateway') },
  {
    type: 'google_compute_vpn_gateway',
    list: everywhere('targetVpnGateways'),
    assets: asset('TargetVpnGateway'),
    metadata: ['status', 'tunnels', 'forwardingRules'],
  },
  {
    type: 'google_compute_external_vpn_gateway',
    list: globally('externalVpnGateways'),
    assets: asset('ExternalVpnGateway'),
  },
  {
    type: 'google_compute_interconnect_attachment',
    list: everywhere('interconnectAttachments'),
    assets: asset('InterconnectAttachment'),
    metadata: ['operationalStatus', 'state', 'googleReferenceId', 'configurationConstraints'],
  },
  { type: 'google_compute_packet_mirroring', list: everywhere('packetMirrorings'), assets: asset('PacketMirroring') },
  {
    type: 'google_compute_service_attachment',
    list: everywhere('serviceAttachments'),
    assets: asset('ServiceAttachment'),
    metadata: ['connectedEndpoints', 'pscServiceAttachmentId'],
  },
  {
    type: 'google_compute_network_attachment',
    list: everywhere('networkAttachments'),
    assets: asset('NetworkAttachment'),
    metadata: ['connectionEndpoints'],
  },
]
