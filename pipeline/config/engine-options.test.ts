import { expect, test } from 'bun:test'
import { defaultEngineOptions } from '../engine-options.ts'
import { engineOptions } from './engine-options.ts'
import { configSchema } from './schema.ts'

test('an engine that is opened without a configuration has the defaults of the configuration', () => {
  const { dataDir: _, ...byDefault } = engineOptions(configSchema.parse({}))
  expect(defaultEngineOptions).toEqual(byDefault)
})
