import { expect, test } from 'bun:test'
import { PartitionHeads } from './partition-heads.ts'

test('listeners hear of each new head of a partition once, until they stop', () => {
  const heads = new PartitionHeads(2)
  heads.load([5, 0])
  const heard: string[] = []
  const stop = heads.onAdvance((partition, offset) => heard.push(`${partition}-${offset}`))
  heads.advance(0, 5)
  heads.advance(1, 1)
  heads.advance(1, 1)
  heads.advance(0, 7)
  stop()
  heads.advance(0, 8)
  expect(heard).toEqual(['1-1', '0-7'])
  expect(heads.offsets).toEqual([8, 1])
})
