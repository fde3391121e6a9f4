import { expect, test } from 'bun:test'
import { growth, type Sample, slopeAMinute } from './growth.ts'

const mebibyte = 1024 * 1024
const samples = (more: (n: number) => Partial<Sample>, count = 30): Sample[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ atMs: n * 2_000, life: 1, rssBytes: 200 * mebibyte, descriptors: 40, threads: 12 },
    ...{ walBytes: 0, dataBytes: 0, strayFiles: 0 },
    ...more(n),
  }))

test('a process that warms up, breathes and has single peaks does not grow', () => {
  const rss = (n: number) => (n < 8 ? 100 + n * 12 : 200 + (n % 3) * 15 + (n === 25 ? 200 : 0))
  expect(growth(samples((n) => ({ rssBytes: rss(n) * mebibyte, descriptors: 40 + (n % 5) })))).toEqual([])
})

test.each<[what: string, more: (n: number) => Partial<Sample>]>([
  ['rssBytes', (n) => ({ rssBytes: (200 + n * 6) * mebibyte })],
  ['descriptors', (n) => ({ descriptors: 40 + n * 2 })],
  ['threads', (n) => ({ threads: 12 + Math.floor(n / 4) })],
])('%s that grows steadily is found', (what, more) => {
  expect(growth(samples(more)).map((line) => line.split(' ')[0])).toEqual([what])
})

test('too few samples are no proof', () => {
  expect(growth(samples(() => ({}), 5))).toEqual(['5 samples of one undisturbed life are too few to judge growth'])
})

test('a slope is in units a minute', () => {
  expect(
    slopeAMinute(
      samples((n) => ({ descriptors: n })),
      ({ descriptors }) => descriptors,
    ),
  ).toBeCloseTo(30)
})
