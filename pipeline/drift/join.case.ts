import type { Json, Resource } from '../../model/resource.ts'
import { type Attributes, desired } from './estate.case.ts'

export const awsScope = (type: string, account = '111122223333', region: string | null = 'eu-west-1'): string =>
  `aws/${account}/${region ?? '-'}/${type}`

/** An instance of a state whose attributes say where it is. */
export function managed(
  address: string,
  id: string,
  more: Partial<Resource> & { attributes?: Attributes } = {},
): Resource {
  const { attributes = {}, ...rest } = more
  return {
    ...desired(address, { id, ...attributes }),
    ...{ provider: 'aws', account: '111122223333', region: 'eu-west-1' },
    ...rest,
    metadata: { mode: 'managed', provider: 'provider["registry.terraform.io/hashicorp/aws"]', ...rest.metadata },
  }
}

/** A resource as the aws source observes it. */
export function found(
  scope: string,
  id: string,
  configuration: Attributes = {},
  metadata: { [name: string]: Json } = {},
): Resource {
  const [, account = '', region = '', type = ''] = scope.split('/')
  return {
    ...{ id, type, name: id, provider: 'aws', account, region: region === '-' ? null : region },
    ...{ configuration, metadata: { arn: `arn:aws:x:${region}:${account}:${id}`, ...metadata }, tags: { team: 'web' } },
  }
}
