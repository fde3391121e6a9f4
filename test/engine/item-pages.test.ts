import { afterEach, expect, spyOn, test } from 'bun:test'
import { PartitionReader } from '../../storage/reader/partition-reader.ts'
import { PartitionDriver } from './partition-driver.ts'

const scope = 'push/-/-/things'
const resources = Array.from({ length: 700 }, (_, n) => ({ id: String(n).padStart(4, '0'), type: 't', provider: 'p' }))

/** How many rows each read has brought. */
const pages = spyOn(PartitionReader.prototype, 'resources')
const sizes = () => pages.mock.results.map(({ value }) => (value as unknown[]).length)
afterEach(() => void pages.mockClear())

const filled = (documentBytes = 0) => {
  const driver = new PartitionDriver()
  const text = 'x'.repeat(documentBytes)
  const records = resources.map((resource) => ({
    kind: 'observed',
    scope,
    resource: { ...resource, configuration: { text } },
  }))
  driver.apply(scope, records)
  return driver
}

test('who takes three of many items has a few rows read, and who takes all has them in pages of up to 256', () => {
  using driver = filled()
  const { reader } = driver
  expect([...Iterator.from(reader.items(reader.head(), {})).take(3)].map((item) => item?.resource.id)).toEqual([
    '0000',
    '0001',
    '0002',
  ])
  expect(sizes()).toEqual([16])
  pages.mockClear()
  const all = [...reader.items(reader.head(), {})].filter((item) => item !== null).map(({ resource }) => resource.id)
  expect(all).toEqual(resources.map(({ id }) => id))
  expect(sizes()).toEqual([16, 64, 256, 256, 108, 0])
})

test('I10: pages end where they hold 4 MiB, however few rows that is', () => {
  using driver = filled(90_000)
  const { reader } = driver
  expect([...reader.items(reader.head(), {})].filter((item) => item !== null).length).toBe(resources.length)
  expect(Math.max(...sizes())).toBe(Math.ceil((4 * 1024 * 1024) / 90_100))
})
