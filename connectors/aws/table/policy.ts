import type { AwsOptions } from '../options.ts'
import { permissionOf } from './permissions.ts'
import type { Row } from './row.ts'
import {
  type Called,
  callsOf,
  cloudControlCalls,
  configCalls,
  historyCalls,
  queueCalls,
  sessionCalls,
} from './table.ts'

/** The names of the permissions that calls need, each once, in order. */
export const permissionsOf = (called: readonly Called[]): string[] =>
  [...new Set(called.map(({ service, operation }) => permissionOf(service, operation)))].sort()

/**
 * The IAM policy with which these types can be read in an account, and what else the options ask for; nothing beside it.
 * Types of Cloud Control are read with permissions of their own services, which only `vaino doctor` can name.
 */
export function policyFor(rows: readonly Row[], { events, cloud_control, config, accounts, organization }: AwsOptions) {
  const Action = permissionsOf([
    ...sessionCalls.filter(({ service }) => service !== 'sts'),
    ...(events.queue === undefined && events.lookup ? historyCalls : []),
    ...(events.queue === undefined ? [] : queueCalls),
    ...(cloud_control === undefined ? [] : cloudControlCalls),
    ...(config === undefined ? [] : configCalls),
    ...(organization === undefined ? [] : [{ service: 'organizations', operation: 'ListAccounts' } as const]),
    ...rows.flatMap(callsOf),
  ])
  const roles = organization === undefined ? accounts : [`arn:*:iam::*:role/${organization.role}`]
  const reads = { Sid: 'VainoReads', Effect: 'Allow', Action, Resource: '*' }
  const assumes = { Sid: 'VainoAssumesRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roles }
  return { Version: '2012-10-17', Statement: roles.length === 0 ? [reads] : [reads, assumes] }
}
