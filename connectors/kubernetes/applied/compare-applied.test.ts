import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { rulesFor } from '../../../model/array-identity.ts'
import type { JsonObject } from '../../../model/json.ts'
import { deviationsOf } from './compare-applied.ts'
import { isSameQuantity } from './quantity.ts'
import { pathText } from './written-fields.ts'

const rules = rulesFor('kubernetes', 'apps.Deployment')
const pathsOf = (wanted: JsonObject, found: JsonObject): string[] =>
  deviationsOf(wanted, found, rules).map(({ path }) => pathText(path))

/** A deployment as people think of it: the oracle compares these, without any JSON. */
interface Model {
  readonly replicas: number
  readonly labels: ReadonlyMap<string, string>
  readonly containers: ReadonlyMap<string, Container>
  readonly accessModes: ReadonlySet<string>
}
interface Container {
  readonly image: string
  readonly milliCpu: number
  readonly args: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly ports: ReadonlyMap<number, string>
}

const name = fc.constantFrom('a', 'b', 'c', 'd')
const text = fc.constantFrom('x', 'y', '1', '1000m')
const mapOf = <V>(value: fc.Arbitrary<V>, most = 4) =>
  fc.array(fc.tuple(name, value), { maxLength: most }).map((entries) => new Map(entries))
const container: fc.Arbitrary<Container> = fc.record({
  image: text,
  milliCpu: fc.integer({ min: 1, max: 3 }).map((cpus) => cpus * 500),
  args: fc.array(text, { maxLength: 3 }),
  env: mapOf(text),
  ports: fc
    .array(fc.tuple(fc.constantFrom(80, 443), fc.constantFrom('http', 'web')), { maxLength: 2 })
    .map((entries) => new Map(entries)),
})
const model: fc.Arbitrary<Model> = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  labels: mapOf(text),
  containers: mapOf(container, 3),
  accessModes: fc.array(fc.constantFrom('ReadWriteOnce', 'ReadOnlyMany'), { maxLength: 2 }).map((all) => new Set(all)),
})

/** What somebody may write for it. */
const written = (of: Model, milli: boolean): JsonObject => ({
  metadata: { labels: Object.fromEntries(of.labels), creationTimestamp: null },
  spec: {
    replicas: of.replicas,
    accessModes: [...of.accessModes],
    paused: false,
    containers: [...of.containers].map(([called, { image, milliCpu, args, env, ports }]) => ({
      name: called,
      image,
      args: [...args],
      resources: { limits: { cpu: milli ? `${milliCpu}m` : milliCpu / 1000 } },
      env: [...env].map(([key, value]) => ({ name: key, value })),
      ports: [...ports].map(([containerPort, port]) => ({ containerPort, name: port })),
      securityContext: {},
    })),
  },
})

/** What a server makes of it: defaults, one spelling, nothing that is empty, elements of others between its own. */
const served = (of: Model): JsonObject => ({
  metadata: { labels: { ...Object.fromEntries(of.labels), added: 'by-another' } },
  spec: {
    replicas: of.replicas,
    strategy: { type: 'RollingUpdate' },
    accessModes: ['ReadWriteMany', ...[...of.accessModes].reverse()],
    containers: [
      { name: 'sidecar', image: 'injected' },
      ...[...of.containers].reverse().map(([called, { image, milliCpu, args, env, ports }]) => ({
        name: called,
        image,
        imagePullPolicy: 'Always',
        ...(args.length === 0 ? {} : { args: [...args] }),
        resources: { limits: { cpu: milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m` } },
        env: [{ name: 'ADDED', value: '1' }, ...[...env].reverse().map(([key, value]) => ({ name: key, value }))],
        ports: [...ports].map(([containerPort, port]) => ({ containerPort, name: port, protocol: 'TCP' })),
      })),
    ],
  },
})

/** Every path at which the second lacks what the first wants. */
function oracle(wanted: Model, found: Model): string[] {
  const paths: string[] = []
  const expectSame = (path: string, one: unknown, other: unknown) => void (one !== other && paths.push(path))
  expectSame('spec.replicas', wanted.replicas, found.replicas)
  for (const [key, value] of wanted.labels) expectSame(`metadata.labels.${key}`, value, found.labels.get(key))
  for (const mode of wanted.accessModes) if (!found.accessModes.has(mode)) paths.push(`spec.accessModes[=${mode}]`)
  for (const [called, want] of wanted.containers) {
    const at = `spec.containers[name=${called}]`
    const is = found.containers.get(called)
    if (is === undefined) {
      paths.push(at)
      continue
    }
    expectSame(`${at}.image`, want.image, is.image)
    expectSame(`${at}.resources.limits.cpu`, want.milliCpu, is.milliCpu)
    if (want.args.length === is.args.length) {
      for (const [position, arg] of want.args.entries()) expectSame(`${at}.args[${position}]`, arg, is.args[position])
    } else if (want.args.length > 0 || is.args.length > 0) paths.push(`${at}.args`)
    for (const [key, value] of want.env) {
      if (is.env.has(key)) expectSame(`${at}.env[name=${key}].value`, value, is.env.get(key))
      else paths.push(`${at}.env[name=${key}]`)
    }
    for (const [port, called2] of want.ports) {
      if (is.ports.has(port)) expectSame(`${at}.ports[containerPort=${port}].name`, called2, is.ports.get(port))
      else paths.push(`${at}.ports[containerPort=${port}]`)
    }
  }
  return paths.sort()
}

test('what a server makes of an object by itself is no deviation', () => {
  fc.assert(
    fc.property(model, fc.boolean(), (one, milli) => {
      expect(pathsOf(written(one, milli), served(one))).toEqual([])
    }),
  )
})

test('the deviations are those of the models, whatever spelling, order and defaults lie between', () => {
  fc.assert(
    fc.property(model, model, fc.boolean(), (wanted, found, milli) => {
      expect(pathsOf(written(wanted, milli), served(found)).sort()).toEqual(oracle(wanted, found))
    }),
    { numRuns: 500 },
  )
})

test('quantities are equal by their amount', () => {
  for (const [one, other] of [
    ['1000m', '1'],
    ['1Gi', '1024Mi'],
    ['0.5', '500m'],
    ['1e3', '1k'],
    ['100', '1e2'],
    ['1.5Gi', '1536Mi'],
  ] as const)
    expect([one, other, isSameQuantity(one, other)]).toEqual([one, other, true])
  for (const [one, other] of [
    ['1', '1k'],
    ['1Gi', '1G'],
    ['x', 'y'],
    ['', '0'],
    ['1', 'TCP'],
  ] as const)
    expect([one, other, isSameQuantity(one, other)]).toEqual([one, other, false])
})

test('a null wants nothing, and an empty value is one that is left out; in a map it is a value', () => {
  expect(pathsOf({ spec: { a: null, b: '', c: [], d: { e: 0 }, f: false } }, { spec: {} })).toEqual([])
  expect(pathsOf({ data: { a: '' } }, { data: {} })).toEqual(['data.a'])
})

test('a text that looks like a quantity is compared as text', () => {
  expect(pathsOf({ data: { a: '1000m' } }, { data: { a: '1' } })).toEqual(['data.a'])
  expect(pathsOf({ spec: { args: ['1k'] } }, { spec: { args: ['1000'] } })).toEqual(['spec.args[0]'])
})

test('a port may be written as a number or as text', () => {
  expect(pathsOf({ spec: { targetPort: '80' } }, { spec: { targetPort: 80 } })).toEqual([])
})
