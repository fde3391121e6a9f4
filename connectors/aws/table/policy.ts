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

/** Characters that IAM takes for a managed policy; white space doesn't count. */
export const longestPolicy = 6144

/**
 * Whole kinds of reads, each in the place of the calls of it that are made, one after the other until the policy is short enough. None of them answers with what
 * people keep somewhere, or with secrets; `ec2:Describe*` and `autoscaling:Describe*` would, with the texts that instances start with.
 */
const wholeKinds: readonly string[] = [
  ...['elasticloadbalancing:Describe', 'elasticfilesystem:Describe', 'rds:Describe', 'elasticache:Describe'],
  ...['eks:Describe', 'eks:List', 'route53:List', 'events:List', 'iam:List'],
]

/**
 * The IAM policy with which these types can be read in an account, and what else the options ask for; nothing beside it but {@link wholeKinds} where
 * it would be too long. Types of Cloud Control are read with permissions of their own services, which only `vaino doctor` can name.
 */
export function policyFor(rows: readonly Row[], { events, cloud_control, config, accounts, organization }: AwsOptions) {
  const roles = organization === undefined ? accounts : [`arn:*:iam::*:role/${organization.role}`]
  const assumes = { Sid: 'VainoAssumesRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roles }
  const policyOf = (Action: readonly string[]) => {
    const reads = { Sid: 'VainoReads', Effect: 'Allow', Action, Resource: '*' }
    return { Version: '2012-10-17', Statement: roles.length === 0 ? [reads] : [reads, assumes] }
  }
  let actions: readonly string[] = permissionsOf([
    ...sessionCalls.filter(({ service }) => service !== 'sts'),
    ...(events.queue === undefined && events.lookup ? historyCalls : []),
    ...(events.queue === undefined ? [] : queueCalls),
    ...(cloud_control === undefined ? [] : cloudControlCalls),
    ...(config === undefined ? [] : configCalls),
    ...(organization === undefined ? [] : [{ service: 'organizations', operation: 'ListAccounts' } as const]),
    ...rows.flatMap(callsOf),
  ])
  for (const kind of wholeKinds) {
    if (JSON.stringify(policyOf(actions)).length <= longestPolicy) break
    const others = actions.filter((action) => !action.startsWith(kind))
    if (others.length < actions.length) actions = [...others, `${kind}*`].sort()
  }
  return policyOf(actions)
}
