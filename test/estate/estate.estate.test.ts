import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { RefreshedDrift } from '../terraform/real-terraform.ts'
import { edits } from './edits.ts'
import { Estate, instancesOf } from './estate.ts'
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
