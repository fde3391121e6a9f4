import { type Service, type ServiceName, services } from '../sdk/services.ts'
import type { Row } from '../table/row.ts'

/** Services whose endpoint, by which CloudTrail names them, has another prefix than their permissions. */
const endpoints: Readonly<Partial<Record<ServiceName, string>>> = {
  'application-autoscaling': 'autoscaling',
  cloudwatch: 'monitoring',
}

const endpointOf = (name: ServiceName): string => {
  const { permissions = name }: Service = services[name]
  return endpoints[name] ?? permissions
}

/** The types of some rows that are read from a service. @param endpoint the prefix of its endpoint, `ec2` */
export const typesAt = (rows: readonly Row[], endpoint: string): readonly string[] =>
  rows.filter(({ list }) => endpointOf(list.service) === endpoint).map(({ type }) => type)
