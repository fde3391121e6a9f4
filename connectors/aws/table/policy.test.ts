import { expect, test } from 'bun:test'
import { awsOptions } from '../options.ts'
import { longestPolicy, permissionsOf, policyFor } from './policy.ts'
import { callsOf, rows } from './table.ts'

const sizeOf = (policy: object): number => JSON.stringify(policy).length
const actionsIn = (policy: ReturnType<typeof policyFor>) => policy.Statement.flatMap(({ Action }) => Action)

/** All that can be asked for. */
const everything = awsOptions.parse({
  events: { queue: 'https://sqs.eu-west-1.amazonaws.com/111122223333/vaino-events' },
  ...{ cloud_control: { include: ['AWS::*'] }, config: { include: ['AWS::*'] }, organization: { role: 'vaino' } },
})

test.each([
  ['all types', awsOptions.parse({})],
  ['all that can be asked for', everything],
])('the policy for %s is one that IAM takes as a managed policy', (_, options) => {
  const policy = policyFor(rows, options)
  expect(sizeOf(policy)).toBeLessThanOrEqual(longestPolicy)
  // It grants each call: by its name, or with others of its kind.
  const granted = actionsIn(policy)
  const isGranted = (name: string) =>
    granted.some((action) => action === name || (action.endsWith('*') && name.startsWith(action.slice(0, -1))))
  expect(permissionsOf(rows.flatMap(callsOf)).filter((name) => !isGranted(name))).toEqual([])
})

test('what is granted beside the calls that are made are reads of settings, and no more of them than the length asks for', () => {
  const whole = actionsIn(policyFor(rows, everything)).filter((action) => action.includes('*'))
  expect(whole.length).toBeGreaterThan(0)
  // With these somebody could read texts that instances start with, code, objects, messages or secrets.
  const tooMuch = /^(?:ec2|autoscaling|s3|lambda|ssm|secretsmanager|dynamodb|sqs|kms|logs|sts):|:Get\*$|:\*$/
  expect(whole.filter((action) => tooMuch.test(action) || !/^[a-z0-9-]+:(?:Describe|List)\*$/.test(action))).toEqual([])
  const few = policyFor(
    rows.filter(({ list }) => list.service !== 'ec2'),
    awsOptions.parse({}),
  )
  expect(actionsIn(few).filter((action) => action.includes('*'))).toEqual([])
})
