import type { JsonObject } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import type { Identities, Thing } from '../identity.ts'
import type { Row } from './table/row.ts'
import { rowOf } from './table/table.ts'
import { fillAsText } from './table/template.ts'

/** Ids are made of attributes alone. */
const around = { $account: '', $region: '', $partition: '' }

/** Terraform's other names of types: older ones, and those that adopt what AWS made. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ...['', '_listener', '_listener_certificate', '_listener_rule', '_target_group', '_target_group_attachment'].map(
    (part) => [`aws_alb${part}`, `aws_lb${part}`] as const,
  ),
  ...['vpc', 'subnet', 'security_group', 'route_table', 'network_acl', 'vpc_dhcp_options'].map(
    (part) => [`aws_default_${part}`, `aws_${part}`] as const,
  ),
])

const textOrNull = (make: () => string): string | null => {
  try {
    return make()
  } catch {
    // Templates throw for a member that isn't there: an instance that was never made, or an older provider's.
    return null
  }
}

const idIn = ({ idInState = '{id}' }: Row, attributes: JsonObject): string | null =>
  textOrNull(() =>
    typeof idInState === 'function' ? idInState(attributes) : fillAsText(idInState, attributes, around),
  )

/** Which collected AWS resource an instance of a state stands for, by the table of types. */
export const awsIdentities: Identities = {
  provider: 'aws',
  partnerOf({ provider, type: name, account = null, region = null, configuration }) {
    const type = otherNames.get(name) ?? name
    const row = provider === 'aws' ? rowOf(type) : undefined
    const id = row === undefined ? null : idIn(row, configuration ?? {})
    if (row === undefined || id === null) return null
    return { type, id, account, location: row.isGlobal === true ? '-' : region }
  },
  isAmbient: ({ metadata }) => metadata?.ambient !== undefined,
  holderOf: (collected) => holderOf(collected),
  hasHolder: (type) => rowOf(type)?.within !== undefined,
  locationOf: (type, beside) => (rowOf(type)?.isGlobal === true ? '-' : beside),
}

function holderOf({ type, configuration, metadata }: Resource): Thing | null {
  const within = rowOf(type)?.within
  if (within === undefined) return null
  const id = textOrNull(() => fillAsText(within.id, { ...metadata, ...configuration }, around))
  return id === null ? null : { type: within.type, id }
}
