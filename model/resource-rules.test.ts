import { expect, test } from 'bun:test'
import { extendComparison } from './array-identity.ts'
import { canonicalHash } from './canonical.ts'
import { diffResources } from './field-diff.ts'
import type { JsonObject } from './json.ts'
import type { Json, Resource } from './resource.ts'

const schema = {
  sets: ['spec.zones', 'hosts'],
  keyed: { 'spec.listeners': 'name', 'spec.listeners.routes': 'host+port' },
}
const gateway = (configuration: JsonObject, said: Json = schema, more: Partial<Resource> = {}): Resource => ({
  id: 'a/b',
  type: 'example.org.Gateway',
  provider: 'kubernetes',
  configuration,
  metadata: { schema: said },
  ...more,
})
const hashOf = (resource: Resource): string => {
  const out = new Uint32Array(2)
  canonicalHash(resource, out)
  return out.join()
}

test('I4: what the cluster’s schema calls a set or a map has no order', () => {
  const one = gateway({ hosts: ['a', 'b'], spec: { zones: ['x', 'y'], listeners: [{ name: 'h' }, { name: 't' }] } })
  const other = gateway({ hosts: ['b', 'a'], spec: { zones: ['y', 'x'], listeners: [{ name: 't' }, { name: 'h' }] } })
  expect(hashOf(one)).toBe(hashOf(other))
  expect(diffResources(one, other)).toEqual([])
})

test('an element of a list is known by the keys that the schema names', () => {
  const listeners = (port: number): Json => [
    { name: 'h', port: 80 },
    { name: 't', port },
  ]
  const fields = diffResources(
    gateway({ spec: { listeners: listeners(443) } }),
    gateway({ spec: { listeners: listeners(444) } }),
  )
  expect(fields).toMatchObject([{ path: 'configuration.spec.listeners[name=t].port', before: 443, after: 444 }])
})

test('a list without a word in the schema, or of another provider, keeps its order', () => {
  const of = (zones: string[], said: Json, more: Partial<Resource> = {}) => gateway({ spec: { zones } }, said, more)
  for (const said of [null, 'sets', { sets: 'spec.zones' }, { sets: [1] }, { sets: ['*.zones'] }])
    expect(hashOf(of(['x', 'y'], said))).not.toBe(hashOf(of(['y', 'x'], said)))
  const other = { provider: 'acme' }
  expect(hashOf(of(['x', 'y'], schema, other))).not.toBe(hashOf(of(['y', 'x'], schema, other)))
})

test('a schema that is longer than one can be is not used, and harms nothing', () => {
  const long = { sets: ['spec.zones', 'x'.repeat(10_000)] }
  const of = (zones: string[]) => gateway({ spec: { zones } }, long)
  expect(hashOf(of(['x', 'y']))).not.toBe(hashOf(of(['y', 'x'])))
})

test('the configuration’s own tables win over the schema', () => {
  const of = (listeners: Json) => gateway({ spec: { listeners } })
  const [before, after] = [of([{ name: 'h', id: 1 }]), of([{ name: 'i', id: 1 }])]
  expect(diffResources(before, after).map(({ path }) => path)).not.toContain('configuration.spec.listeners[id=1].name')
  try {
    extendComparison([{ types: ['kubernetes:Gateway'], keyed: { 'spec.listeners': 'id' } }])
    expect(diffResources(before, after).map(({ path }) => path)).toEqual(['configuration.spec.listeners[id=1].name'])
  } finally {
    extendComparison([])
  }
})
