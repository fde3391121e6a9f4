import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { notOfStandIn } from '../../test/aws/things.ts'
import { edits } from '../../test/estate/edits.ts'
import { awsVariables, Estate, type EstateCopy } from '../../test/estate/estate.ts'
import { type AwsCall, callAws } from '../../test/estate/moto.ts'
import { runCli, ServerProcess } from '../../test/server-process.ts'

let estate: Estate
beforeAll(async () => {
  estate = await Estate.apply()
}, 600_000)
afterAll(() => estate[Symbol.asyncDispose]())

const regions = ['eu-west-1', 'us-east-1']
/** The stand-in makes these itself, as AWS does, and doesn't say so. */
const ofStandIn = /^aws_(?:network_interface|kms_key)$/

/** The stand-in's queues are named after the port that it answers at, which a copy has another of. */
async function copied(): Promise<EstateCopy> {
  const copy = await estate.copy()
  Object.assign(process.env, awsVariables(copy.endpoint), { AWS_DEFAULT_REGION: 'eu-west-1' })
  const file = path.join(copy.infra, 'terraform.tfstate')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/http:\/\/127\.0\.0\.1:\d+/g, copy.endpoint))
  return copy
}

/** `vaino drift` of the states alone, beside AWS. */
async function drift({ infra }: EstateCopy) {
  const file = path.join(path.dirname(infra), `once-${path.basename(infra)}.yaml`)
  const aws = { kind: 'aws', where: '', regions, types: { exclude: notOfStandIn } }
  writeFileSync(file, JSON.stringify({ sources: [{ kind: 'terraform', where: infra }, aws] }))
  const { stdout, stderr } = await runCli(['drift', '--config', file, '-o', 'json'])
  if (!stdout.startsWith('{')) throw new Error(stderr)
  const { drift: items } = JSON.parse(stdout) as { drift: JudgedItem[] }
  const of = (status: string) => items.filter((item) => item.status === status)
  return {
    unmanaged: of('unmanaged').filter(({ type }) => !ofStandIn.test(type)),
    missing: of('missing').map(({ address }) => address),
    existing: of('unknown').filter(({ reason }) => reason === 'fields_not_read').length,
  }
}

test('beside AWS the states of an estate show nothing when it was just applied, and then what was deleted and made by hand, exactly', async () => {
  await using copy = await copied()
  const fresh = await drift(copy)
  expect(fresh).toMatchObject({ unmanaged: [], missing: [] })
  expect(fresh.existing).toBeGreaterThanOrEqual(145)

  const deleted = edits.filter(({ fields, address }) => fields === 'deleted' && !/^aws_s3_object/.test(address))
  const made: AwsCall[] = [
    { service: 'sqs', region: 'eu-west-1', method: 'create_queue', arguments: { QueueName: 'byhand' } },
    { service: 'sns', region: 'us-east-1', method: 'create_topic', arguments: { Name: 'byhand' } },
    { service: 'iam', region: 'us-east-1', method: 'create_user', arguments: { UserName: 'byhand' } },
  ]
  await callAws(copy.endpoint, [...deleted.map(({ call }) => call((address) => estate.attributesOf(address))), ...made])
  const now = await drift(copy)
  expect(now.missing.sort()).toEqual(deleted.map(({ address }) => address).sort())
  expect(now.unmanaged.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    'aws_iam_user byhand',
    'aws_sns_topic byhand',
    'aws_sqs_queue byhand',
  ])
}, 900_000)

test('an edit that AWS shows has its instance read live at once, though the next pass is an hour away', async () => {
  await using copy = await copied()
  await using server = new ServerProcess({
    sources: [
      { kind: 'terraform', where: copy.infra, live: { every: '1h' } },
      {
        kind: 'aws',
        where: '',
        interval: '5s',
        regions: ['eu-west-1'],
        types: { include: ['aws_security_group', 'aws_vpc_security_group_*'] },
      },
    ],
  })
  await server.start()
  const json = async <T>(route: string) => (await (await fetch(`${server.url}${route}`)).json()) as T
  const read = async () => (await json<{ in_sync: number }>('/v1/coverage')).in_sync > 100
  await until('the first pass has read the estate', read, 300_000)
  const changed = async () => (await json<{ drift: JudgedItem[] }>('/v1/drift?status=changed')).drift
  expect(await changed()).toEqual([])
  const opened = edits.find(({ address }) => address === 'aws_security_group.web')
  if (opened === undefined) throw new Error('the estate has no such edit')
  await callAws(copy.endpoint, [opened.call((address) => estate.attributesOf(address))])
  let found: readonly JudgedItem[] = []
  const isFound = async () => {
    found = await changed()
    return found.length > 0
  }
  await until('the open port is seen', isFound, 120_000)
  expect(found.map(({ address }) => address)).toEqual(['aws_security_group.web'])
  expect(found[0]?.fields[0]?.path).toStartWith('ingress[')
  expect(found[0]?.severity).toBe('critical')
  expect(await server.stop()).toBe(0)
}, 900_000)
