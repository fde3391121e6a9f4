import { expect, test } from 'bun:test'
import { rulesFor } from '../../../model/array-identity.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { redactor } from '../../../test/terraform/states.ts'
import type { ServedKind } from '../discovery/kinds.ts'
import { readObject } from '../objects/to-resource.ts'
import { appliedOf, lastApplied } from './applied.ts'
import { appliedVerdict, type Reading } from './verdict.ts'

const kind: ServedKind = {
  ...{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' },
  ...{ isNamespaced: true, isWatchable: true },
}
const rules = rulesFor('kubernetes', 'apps.Deployment')
const [early, late] = ['2026-11-23T12:00:00Z', '2026-11-23T12:00:05Z']

const entry = (manager: string, fields: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...{ manager, operation: 'Update', apiVersion: 'apps/v1', time: early, fieldsType: 'FieldsV1', fieldsV1: fields },
  ...more,
})
const spec = (...names: string[]): JsonObject =>
  names.length === 0 ? {} : { 'f:spec': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) }
const kubectl = (...names: string[]): JsonObject =>
  entry('kubectl-client-side-apply', {
    'f:metadata': { 'f:annotations': { [`f:${lastApplied}`]: {} } },
    ...spec(...names),
  })

const object = (own: JsonObject, managedFields: Json, annotation?: JsonObject): JsonObject => ({
  metadata: {
    ...{ name: 'web', namespace: 'shop', uid: 'u1' },
    managedFields,
    ...(annotation === undefined ? {} : { annotations: { [lastApplied]: JSON.stringify(annotation) } }),
  },
  spec: own,
})
const wanted = (own: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: own },
  ...more,
})
const said = (of: JsonObject) => appliedOf(of, { kind, rules, redactor })

test('a map whose last member somebody else has taken is not had as a whole by who applied it: its set is left empty', () => {
  const data = (size: string) => ({ labels: { size } })
  const taken = { 'f:spec': { 'f:labels': { 'f:size': {} } } }
  const left = entry('kubectl-client-side-apply', {
    'f:metadata': { 'f:annotations': { [`f:${lastApplied}`]: {} } },
    'f:spec': { 'f:labels': {} },
  })
  expect(said(object(data('9'), [left, entry('kubectl-edit', taken)], wanted(data('1'))))).toMatchObject({
    fields: [{ path: 'spec.labels.size', before: '1', after: '9', owner: { manager: 'kubectl-edit' } }],
  })
  // Nobody names a member of it: it is one value, and the applier's.
  expect(said(object(data('9'), [left], wanted(data('1'))))).not.toHaveProperty('fields')
})

test('what the server made of an applied value is the applier’s own, what another manager wrote is not', () => {
  const want = wanted({ replicas: 2, schedule: '@daily' })
  expect(
    said(
      object(
        { replicas: 5, schedule: '0 0 * * *' },
        [kubectl('schedule'), entry('kubectl-edit', spec('replicas'))],
        want,
      ),
    ),
  ).toMatchObject({
    by: 'last-applied',
    manager: 'kubectl-client-side-apply',
    fields: [{ path: 'spec.replicas', before: 2, after: 5, owner: { manager: 'kubectl-edit', time: early } }],
  })
})

test('replicas that an autoscaler set through scale are no deviation; those that a person scaled are', () => {
  const want = wanted({ replicas: 2 })
  const scaledBy = (manager: string) =>
    said(object({ replicas: 5 }, [kubectl(), entry(manager, spec('replicas'), { subresource: 'scale' })], want))
  expect(scaledBy('kube-controller-manager')?.fields).toBeUndefined()
  expect(scaledBy('kubectl')?.fields).toMatchObject([{ path: 'spec.replicas', owner: { subresource: 'scale' } }])
})

test('a field that is absent and that nobody could have removed for certain is said to be unsure', () => {
  expect(said(object({ replicas: 2 }, [kubectl('replicas')], wanted({ replicas: 2, typo: 'x' })))?.fields).toEqual([
    { path: 'spec.typo', before: 'x', after: null, owner: null, unsure: true },
  ])
})

test('an annotation that a controller has copied to another object, or that another version wrote, says nothing', () => {
  const of = (annotation: JsonObject) => said(object({ replicas: 5 }, [kubectl()], annotation))
  expect(of(wanted({ replicas: 2 }, { kind: 'ReplicaSet' }))).toBeNull()
  expect(of(wanted({ replicas: 2 }, { metadata: { name: 'other' } }))).toBeNull()
  expect(of(wanted({ replicas: 2 }, { apiVersion: 'apps/v1beta1' }))).toMatchObject({ problem: 'other_version' })
})

test('who applies on the server later than the annotation was written has taken over', () => {
  const flux = entry('kustomize-controller', spec('replicas'), { operation: 'Apply', time: late })
  expect(said(object({ replicas: 5 }, [kubectl(), flux], wanted({ replicas: 2 })))).toMatchObject({
    by: 'managed-fields',
    appliers: [{ manager: 'kustomize-controller', operation: 'Apply', time: late }],
  })
})

test('values of a Secret that differ are told apart and not shown, however they were written', () => {
  const secretKind = { ...kind, group: '', kind: 'Secret' }
  const applied = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'one', b: 'two' } }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const secret: JsonObject = {
    metadata: {
      name: 's',
      annotations: { [lastApplied]: JSON.stringify(applied) },
      managedFields: [
        entry('kubectl-client-side-apply', {
          'f:metadata': { 'f:annotations': { [`f:${lastApplied}`]: {} } },
          'f:data': { 'f:a': {} },
        }),
        entry('kubectl-edit', { 'f:data': { 'f:b': {} } }),
      ],
    },
    data: { a: base64('one'), b: base64('three') },
  }
  const found = appliedOf(secret, { kind: secretKind, rules: rulesFor('kubernetes', 'Secret'), redactor })
  expect(found?.fields).toMatchObject([
    { path: 'data.b', before: expect.stringContaining('(redacted:'), after: expect.stringContaining('(redacted:') },
  ])
  expect(JSON.stringify(found)).not.toContain(base64('three'))
  expect(JSON.stringify(found)).not.toContain(base64('two'))
})

// Documents of one object, one after another, as the view reads them.

const document = (of: JsonObject): Resource => {
  const read = readObject(structuredClone(of), { kind, lists: null }, 'prod', redactor)
  if (read === null) throw new Error('it is no object')
  return read.resource
}
const reading = (now: JsonObject, more: Partial<Reading> = {}): Reading => ({
  ...{ before: null, now: document(now), memory: null, actor: null, occurredAt: null, atMs: 0 },
  ...more,
})
function known(of: Reading) {
  const verdict = appliedVerdict(of)
  if (verdict?.kind !== 'known') throw new Error('nothing is known')
  return verdict
}
const helm = (time: string, ...names: string[]) => entry('helm', spec(...names), { time })
const editor = { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' }

test('a field that was never taken is no drift until a reading of the same apply had it', () => {
  const want = wanted({ replicas: 2, typo: 'x' })
  const lacking = object({ replicas: 2 }, [kubectl('replicas')], want)
  const first = known(reading(lacking))
  expect(first.fields).toEqual([])
  expect(known(reading(lacking, { memory: first.memory })).fields).toEqual([])
  const having = object({ replicas: 2, typo: 'x' }, [kubectl('replicas', 'typo')], want)
  const taken = known(reading(having))
  expect(known(reading(lacking, { before: document(having), memory: taken.memory })).fields).toMatchObject([
    { path: 'spec.typo', before: 'x', after: null },
  ])
})

test('a field that another has taken from Helm is drift, also after later changes, and until Helm writes again', () => {
  const at = (own: JsonObject, ...sets: JsonObject[]) => object(own, sets)
  const applied = at({ replicas: 2, paused: true }, helm(early, 'replicas', 'paused'))
  const edited = at({ replicas: 5, paused: true }, helm(early, 'paused'), entry('kubectl-edit', spec('replicas')))
  const first = known(reading(edited, { before: document(applied), actor: editor, occurredAt: late, atMs: 5000 }))
  const drifted = [
    {
      ...{ path: 'spec.replicas', before: 2, after: 5 },
      owner: { manager: 'kubectl-edit', operation: 'Update', subresource: null, time: late },
    },
  ]
  expect(first.fields).toEqual(drifted)
  const labelled = structuredClone(edited)
  Object.assign(labelled.metadata as JsonObject, { labels: { a: 'b' } })
  const second = known(reading(labelled, { before: document(edited), memory: first.memory, atMs: 9000 }))
  expect(second.fields).toEqual(drifted)
  const again = at({ replicas: 5, paused: true }, helm(late, 'replicas', 'paused'))
  expect(known(reading(again, { memory: second.memory })).fields).toEqual([])
})

test('what another has taken of a map stays drift through later changes, though its applier is left with an empty set of it', () => {
  const labels = (...names: string[]) => ({
    'f:spec': { 'f:labels': Object.fromEntries(names.map((name) => [name, {}])) },
  })
  const at = (size: string, ...sets: JsonObject[]) => object({ labels: { size } }, sets)
  const applied = at('1', entry('helm', labels('.', 'f:size')))
  const edited = at('9', entry('helm', labels()), entry('kubectl-edit', labels('f:size'), { time: late }))
  const fields = [{ path: 'spec.labels.size', before: '1', after: '9', owner: { manager: 'kubectl-edit' } }]
  const first = known(reading(edited, { before: document(applied), actor: editor, occurredAt: late, atMs: 5000 }))
  expect(first.fields).toMatchObject(fields)
  const second = known(reading(edited, { before: document(edited), memory: first.memory, atMs: 9000 }))
  expect(second.fields).toMatchObject(fields)
})

test('what an applier leaves out itself within the second of its last apply is no drift', () => {
  const applied = object({ replicas: 2, paused: true }, [helm(early, 'replicas', 'paused')])
  const applies = { type: 'field_manager', name: 'helm', operation: 'Update' }
  const without = object({ replicas: 2 }, [helm(early, 'replicas')])
  const after = (atMs: number) =>
    known(
      reading(without, {
        before: document(applied),
        memory: { appliers: { 'helm Update': { time: early, sinceMs: 0, lost: [] } } },
        ...{ actor: applies, atMs },
      }),
    ).fields
  expect(after(900)).toEqual([])
  expect(after(60_000)).toMatchObject([{ path: 'spec.paused', before: true, after: null, owner: null }])
})

test('a field that an autoscaler has taken, or another applier, is none', () => {
  const applied = object({ replicas: 2 }, [helm(early, 'replicas')])
  const scaled = object({ replicas: 5 }, [
    entry('kube-controller-manager', spec('replicas'), { subresource: 'scale' }),
    helm(early),
  ])
  const scaler = { type: 'field_manager', name: 'kube-controller-manager', operation: 'Update', subresource: 'scale' }
  expect(known(reading(scaled, { before: document(applied), actor: scaler, atMs: 9000 })).fields).toEqual([])
  const taken = object({ replicas: 5 }, [
    entry('flux', spec('replicas'), { operation: 'Apply', time: late }),
    helm(early),
  ])
  const flux = { type: 'field_manager', name: 'flux', operation: 'Apply' }
  expect(known(reading(taken, { before: document(applied), actor: flux, atMs: 9000 })).fields).toEqual([])
})
