import { afterAll, beforeAll, expect, test } from 'bun:test'
import { joined, type StateInstance } from '../../test/aws/state-join.ts'
import { notOfStandIn } from '../../test/aws/things.ts'
import { awsVariables, Estate, type EstateCopy, instancesOf } from '../../test/estate/estate.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'

let estate: Estate
let copy: EstateCopy
beforeAll(async () => {
  estate = await Estate.apply()
  copy = await estate.copy()
  Object.assign(process.env, awsVariables(copy.endpoint))
}, 600_000)
afterAll(async () => {
  await copy[Symbol.asyncDispose]()
  await estate[Symbol.asyncDispose]()
})

/**
 * Types of the estate that the table doesn't have: what lies inside of things and not beside them, what it may not read, and Terraform's other
 * words for what it has: rules of security groups, and who is in a group, which a user says.
 */
const notRead = [
  'aws_athena_workgroup',
  'aws_dynamodb_table_item',
  'aws_iam_group_membership',
  'aws_s3_object',
  'aws_secretsmanager_secret_version',
  'aws_security_group_rule',
]

/** The stand-in makes these itself, as AWS does, and doesn't say so: the interface of a NAT gateway, and the key for encrypted disks. */
const ofStandIn = /^aws_(?:network_interface|kms_key) /

/** The stand-in's queues are named after the port that it answers at, which a copy has another of. */
const asCopied = (instances: ReturnType<typeof instancesOf>): readonly StateInstance[] =>
  JSON.parse(JSON.stringify(instances).replace(/http:\/\/127\.0\.0\.1:\d+/g, copy.endpoint))

test('everything in the states is found in AWS under Terraform’s id, and nothing else is but what AWS makes itself', async () => {
  const options = { regions: ['eu-west-1', 'us-east-1'], types: { exclude: notOfStandIn } }
  const sink = recordingSink()
  await scanAll(openSource(aws, '', options), sink, { concurrency: 8 })
  const failed = sink.scans.filter(({ outcome }) => !outcome?.complete)
  expect(failed.map(({ scope, outcome }) => `${scope}: ${messages(outcome?.errors)}`)).toEqual([])

  const { found, missing, extra, uncovered } = joined(
    asCopied(instancesOf(copy.infra)),
    sink.scans.flatMap(({ resources }) => resources),
  )
  expect(missing).toEqual([])
  expect(uncovered).toEqual(notRead)
  expect(found.length).toBeGreaterThanOrEqual(145)
  expect(extra.filter((one) => !ofStandIn.test(one))).toEqual([])
  // An interface for each NAT gateway, and a key for each region.
  expect(extra.length).toBeLessThanOrEqual(4)
  // What is secret is not what is said of it.
  expect(JSON.stringify(sink.scans)).not.toContain('example-only-password')
}, 600_000)
