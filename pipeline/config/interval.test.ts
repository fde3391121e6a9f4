import { expect, test } from 'bun:test'
import { engineOptions } from './engine-options.ts'
import { intervalMsOf } from './interval.ts'
import { configSchema } from './schema.ts'

const intervals = (given: object) => {
  const config = configSchema.parse(given)
  return config.sources.map((source) => intervalMsOf(config, source) / 1000)
}

const sources = ['aws:', 'terraform:./infra', { kind: 'aws', where: 'ops', interval: '2m' }]

test('an account of AWS is read every five minutes, where a state is read every thirty seconds', () => {
  expect(intervals({ sources })).toEqual([300, 30, 120])
})

test('an interval that is given holds for every source but those that have one of their own', () => {
  expect(intervals({ sources, interval: '10s' })).toEqual([10, 10, 120])
})

test('a scope is stale after three intervals of the source that is read least often', () => {
  const staleAfterS = (given: object) => engineOptions(configSchema.parse(given)).staleAfterMs / 1000
  expect(staleAfterS({ sources: ['terraform:./infra'] })).toBe(90)
  expect(staleAfterS({ sources })).toBe(900)
  expect(staleAfterS({ sources, interval: '10s' })).toBe(360)
})
