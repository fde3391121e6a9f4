import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { inputRecordSchema, observedSchema } from '../model/record.ts'
import { resourceSchema } from '../model/resource-schema.ts'
import { runs } from '../test/property.ts'
import { isPlainlyBeginOrEnd, isPlainlyEnvelope, isPlainlyResource } from './plain-record.ts'

/** Mostly the first, which is as it should be. */
const mostly = <T>(good: T, ...others: T[]) =>
  fc.oneof({ arbitrary: fc.constant(good), weight: 5 }, fc.constantFrom(...others))
const text = fc.oneof(
  mostly('s', '', 'x'.repeat(129), 'x'.repeat(513), '\ud800', 'x'.repeat(5000)),
  fc.string({ minLength: 1 }),
)
const odd = fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.constantFrom([], {}, [1], { a: 1 }), text)
const time = mostly(
  '2026-01-02T03:04:05.006Z',
  ...['2026-02-30T03:04:05.006Z', '2026-01-02T24:00:00.000Z', '2026-01-02', '+012026-01-02T03:04:05Z'],
)
const scope = mostly('aws/1/eu/x', 'aws/1/eu', 'a/b/c/d/e', '/1/eu/x', 'a/b/c/d\n')
const kind = fc.constantFrom('observed', 'scan.begin', 'scan.end', 'gone')
/** Each member is mostly as it should be, else absent or something else. */
const record = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(members).map(([name, value]) => [name, fc.oneof({ arbitrary: value, weight: 9 }, odd)]),
      ),
      { requiredKeys: Object.keys(members).slice(0, 3) },
    )
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown)

/** @returns how many of the values passed plainly */
function holds(
  values: fc.Arbitrary<unknown>,
  isPlain: (value: unknown) => boolean,
  schema: { safeParse(value: unknown): { success: boolean } },
) {
  let plain = 0
  fc.assert(
    fc.property(values, (value) => {
      if (!isPlain(value)) return
      plain++
      expect([value, schema.safeParse(value).success]).toEqual([value, true])
    }),
    runs(3000),
  )
  return plain
}

test('what passes plainly passes its schema: resources, envelopes, a scan’s begin and end', () => {
  const resource = record({
    ...{ id: text, type: text, provider: text, name: text, region: fc.constant(null), uid: text },
    ...{ configuration: fc.constantFrom({}, { a: 1 }), tags: fc.constantFrom(null, {}, []) },
  })
  expect(holds(resource, isPlainlyResource, resourceSchema)).toBeGreaterThan(50)
  const envelope = record({
    ...{ kind: fc.constant('observed'), scope, resource: fc.constant(null), scan: text, observed_at: time },
    ...{ occurred_at: fc.option(time), actor: odd },
  })
  expect(holds(envelope, isPlainlyEnvelope, observedSchema.omit({ resource: true }))).toBeGreaterThan(50)
  const control = record({
    ...{ kind, scope, scan: text, observed_at: time, complete: fc.boolean(), unchanged: fc.boolean() },
    ...{
      count: fc.constantFrom(0, 5, -1, 1.5, 2 ** 53),
      errors: fc.constantFrom([], [1]),
      warnings: fc.constantFrom([], 'x'),
    },
    attributes: fc.constantFrom(undefined, {}, []),
  })
  expect(holds(control, isPlainlyBeginOrEnd, inputRecordSchema)).toBeGreaterThan(50)
})
