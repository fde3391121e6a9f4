import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type DriftRun, runDrift, topsOf } from '../drift/drift-run.ts'
import type { RefreshedDrift } from '../terraform/real-terraform.ts'
import { edits } from './edits.ts'
import { awsVariables, Estate, type EstateCopy, instancesOf } from './estate.ts'
import { faultCases, impatient } from './fault-cases.ts'
import { FaultProxy } from './fault-proxy.ts'
import { callAws } from './moto.ts'

let estate: Estate
/** What a refresh of the estate finds as it was applied: attributes that a sibling owns, and what the stand-in forgets. */
let applied: RefreshedDrift

beforeAll(async () => {
  estate = await Estate.apply()
  await using copy = await estate.copy()
  applied = await copy.terraform.refreshedDrift()
}, 600_000)
afterAll(() => estate[Symbol.asyncDispose]())

/** What differs now and didn't when the estate was applied. */
const since = (drift: RefreshedDrift): RefreshedDrift => {
  const news = [...drift].map(([address, fields]): [string, 'deleted' | readonly string[]] => {
    const known = applied.get(address) ?? []
    return [address, fields === 'deleted' ? fields : fields.filter((field) => !known.includes(field))]
  })
  return new Map(news.filter(([, fields]) => fields.length > 0))
}

test('the estate has at least 150 instances of 100 types', async () => {
  await using copy = await estate.copy()
  const instances = instancesOf(copy.infra)
  expect(instances.length).toBeGreaterThanOrEqual(150)
  expect(new Set(instances.map(({ type }) => type)).size).toBeGreaterThanOrEqual(100)
  // Only what one resource does to another moves in a fresh estate.
  expect([...applied.values()]).not.toContain('deleted')
  expect(applied.size).toBeLessThan(20)
})

const driftOf = ({ infra, endpoint }: EstateCopy): Promise<DriftRun> => runDrift(infra, awsVariables(endpoint))

test('what was just applied is in sync, three times, by reading calls alone', async () => {
  await using copy = await estate.copy()
  await using proxy = await FaultProxy.start(copy.endpoint)
  for (let pass = 0; pass < 3; pass++) {
    const { items, coverage, code } = await runDrift(copy.infra, awsVariables(proxy.url))
    expect(items).toEqual([])
    expect(coverage).toMatchObject({ managed: 157, in_sync: 157 })
    expect(code).toBe(0)
  }
  expect(proxy.calls.length).toBeGreaterThan(500)
  expect(proxy.mutating).toEqual([])
}, 600_000)

test('every edit is named with exactly its field, and an apply that takes it in resolves it', async () => {
  await using copy = await estate.copy()
  await callAws(
    copy.endpoint,
    edits.map(({ call }) => call((address) => estate.attributesOf(address))),
  )
  const { items, code } = await driftOf(copy)
  expect(code).toBe(1)
  const found = items.map((item) => [item.address, item.status === 'missing' ? 'deleted' : topsOf(item).sort()])
  const expected = edits.map(({ address, fields }) => [address, fields === 'deleted' ? fields : [...fields].sort()])
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  await copy.terraform.apply('-refresh-only')
  expect((await driftOf(copy)).items).toEqual([])
}, 600_000)

test('an apply that puts everything back resolves it', async () => {
  await using copy = await estate.copy()
  // Those that the stand-in puts back as they were.
  const back = ['aws_security_group.us', 'aws_iam_role_policy.app["ec2"]', 'aws_ssm_parameter.app["banner"]']
  const chosen = edits.filter(({ address }) => back.includes(address))
  await callAws(
    copy.endpoint,
    chosen.map(({ call }) => call((address) => estate.attributesOf(address))),
  )
  expect((await driftOf(copy)).items.map(({ address }) => address).sort()).toEqual(back.toSorted())
  await copy.terraform.apply(...back.map((address) => `-target=${address}`))
  expect((await driftOf(copy)).items).toEqual([])
}, 600_000)

test.each(faultCases)(
  'what AWS answers with $fault is neither missing nor in sync',
  async ({ fault, hits }) => {
    await using copy = await estate.copy()
    await using proxy = await FaultProxy.start(copy.endpoint)
    proxy.set(fault)
    const { items, coverage } = await runDrift(copy.infra, awsVariables(proxy.url), impatient)
    expect(proxy.failed).toBeGreaterThan(0)
    expect(proxy.mutating).toEqual([])
    expect(items.filter(({ status }) => status === 'missing')).toEqual([])
    const hit = instancesOf(copy.infra).filter(({ address }) => hits.test(address))
    const status = new Map(items.map((item) => [item.address, item.status]))
    expect(hit.filter(({ address }) => status.get(address) !== 'unknown').map(({ address }) => address)).toEqual([])
    expect(coverage.unknown).toBeGreaterThanOrEqual(hit.length)
  },
  300_000,
)

test('every edit is what terraform finds at its address, and nothing else moves', async () => {
  await using copy = await estate.copy()
  const attributes = (address: string) => estate.attributesOf(address)
  await callAws(
    copy.endpoint,
    edits.map(({ call }) => call(attributes)),
  )
  const expected = edits.map(({ address, fields, echoes = [] }): [string, 'deleted' | readonly string[]] => [
    address,
    fields === 'deleted' ? fields : [...fields, ...echoes].toSorted(),
  ])
  const found = since(await copy.terraform.refreshedDrift())
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  // The estate that it was copied from has not moved.
  await using other = await estate.copy()
  const queue = attributes('aws_sqs_queue.us[0]').name
  await callAws(other.endpoint, [
    { service: 'sqs', region: 'us-east-1', method: 'get_queue_url', arguments: { QueueName: queue } },
  ])
}, 600_000)
