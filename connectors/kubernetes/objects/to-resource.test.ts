import { expect, test } from 'bun:test'
import { canonicalHash } from '../../../model/canonical.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import { redactor } from '../../../test/terraform/states.ts'
import type { ServedKind } from '../discovery/kinds.ts'
import { attributionOf, LastWrites } from './attribution.ts'
import { readObject } from './to-resource.ts'

const kindOf = (kind: string, group = ''): ServedKind => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  isNamespaced: true,
  isWatchable: true,
})

function read(object: JsonObject, kind = kindOf('Deployment', 'apps')) {
  const found = readObject(structuredClone(object), { kind, lists: null }, 'prod', redactor)
  if (found === null) throw new Error('it is no object')
  return found
}

const hashOf = (object: JsonObject, kind?: ServedKind): string => {
  const out = new Uint32Array(2)
  canonicalHash(read(object, kind).resource, out)
  return out.join()
}

const deployment = (metadata: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', labels: { app: 'web' }, ...metadata },
  spec: { replicas: 2 },
  ...more,
})

test('an object is a resource: its labels are tags, its members the configuration', () => {
  const { resource } = read(deployment({ annotations: { owner: 'team-a' }, generation: 3, resourceVersion: '42' }))
  expect(resource).toMatchObject({
    id: 'shop/web',
    type: 'apps.Deployment',
    provider: 'kubernetes',
    name: 'web',
    account: 'prod',
    namespace: 'shop',
    uid: 'u1',
    tags: { app: 'web' },
    configuration: { metadata: { annotations: { owner: 'team-a' } }, spec: { replicas: 2 } },
    metadata: { api_version: 'apps/v1', generation: 3, resource_version: '42' },
  })
})

test('what stands in no namespace is known by its name', () => {
  expect(read({ metadata: { name: 'node-1' } }, kindOf('Node')).resource).toMatchObject({
    id: 'node-1',
    namespace: null,
  })
})

const heartbeat = (time: string, status = 'True'): JsonObject => ({
  metadata: { name: 'node-1', resourceVersion: time },
  spec: {},
  status: {
    conditions: [{ type: 'Ready', status, reason: 'KubeletReady', lastHeartbeatTime: time, message: time }],
    images: [{ names: [time] }],
    nodeInfo: { kubeletVersion: 'v1.37.2' },
  },
})

test('I4: a heartbeat, a revision, a version and who manages which field are no change', () => {
  expect(hashOf(heartbeat('1'), kindOf('Node'))).toBe(hashOf(heartbeat('2'), kindOf('Node')))
  expect(hashOf(deployment({ annotations: { 'deployment.kubernetes.io/revision': '1' } }))).toBe(
    hashOf(
      deployment({
        annotations: { 'deployment.kubernetes.io/revision': '2' },
        resourceVersion: '2',
        generation: 2,
        managedFields: [{ manager: 'm', time: '2026-01-01T00:00:00Z' }],
      }),
    ),
  )
  expect(hashOf(deployment({}, { status: { observedGeneration: 1, replicas: 1 } }))).toBe(
    hashOf(deployment({}, { status: { observedGeneration: 2, replicas: 2 } })),
  )
})

test('a node that is not ready any more, a label and an annotation are changes', () => {
  expect(hashOf(heartbeat('1'), kindOf('Node'))).not.toBe(hashOf(heartbeat('1', 'Unknown'), kindOf('Node')))
  expect(hashOf(deployment())).not.toBe(hashOf(deployment({ labels: { app: 'other' } })))
  expect(hashOf(deployment())).not.toBe(hashOf(deployment({ annotations: { a: 'b' } })))
})

test('a status is kept where it is not compared, and of a deployment that has stopped there is news', () => {
  const conditions = (progressing: string): JsonObject => ({
    status: {
      replicas: 2,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
        { type: 'Progressing', status: progressing, reason: 'ProgressDeadlineExceeded' },
      ],
    },
  })
  const typesOf = (progressing: string) => {
    const status = read(deployment({}, conditions(progressing))).resource.configuration?.status ?? null
    return isObject(status) && Array.isArray(status.conditions)
      ? status.conditions.map((one) => (isObject(one) ? one.type : null))
      : []
  }
  expect(typesOf('True')).toEqual(['Available'])
  expect(typesOf('False')).toEqual(['Available', 'Progressing'])
  expect(read(deployment({}, conditions('True'))).resource.metadata?.status).toMatchObject({ replicas: 2 })
})

test('of a pod its phase, its containers’ restarts and why they wait are compared', () => {
  const pod: JsonObject = {
    metadata: { name: 'p', namespace: 'shop' },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [
        {
          name: 'c',
          restartCount: 4,
          image: 'x',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m' } },
        },
      ],
    },
  }
  expect(read(pod, kindOf('Pod')).resource.configuration?.status).toEqual({
    phase: 'Running',
    containerStatuses: [{ name: 'c', restartCount: 4, state: 'waiting', reason: 'CrashLoopBackOff' }],
  })
})

test('I9: no value of a Secret leaves the connector, and each change of one is seen', () => {
  const applied = JSON.stringify({ kind: 'Secret', data: { pin: Buffer.from('true').toString('base64') } })
  const secret = (pin: string): JsonObject => ({
    metadata: {
      name: 's',
      namespace: 'shop',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
    },
    type: 'Opaque',
    // The short ones look like nothing secret.
    data: { pin, flag: Buffer.from('true').toString('base64') },
    stringData: { clear: 'true' },
  })
  const { resource } = read(secret('MQ=='), kindOf('Secret'))
  const text = JSON.stringify(resource)
  for (const clear of ['MQ==', '"true"', Buffer.from('true').toString('base64')]) expect(text).not.toContain(clear)
  expect(resource.configuration?.type).toBe('Opaque')
  expect(hashOf(secret('MQ=='), kindOf('Secret'))).toBe(hashOf(secret('MQ=='), kindOf('Secret')))
  expect(hashOf(secret('MQ=='), kindOf('Secret'))).not.toBe(hashOf(secret('Mg=='), kindOf('Secret')))
})

test('I9: what was applied to a Secret and can’t be read is replaced as a whole', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"pin":"MQ==' }
  const { resource } = read({ metadata: { name: 's', annotations } }, kindOf('Secret'))
  expect(JSON.stringify(resource)).not.toContain('MQ==')
})

test('the newest manager made the last change; of one second the one of the object, not of its status', () => {
  const entry = (manager: string, time: string, more: JsonObject = {}): JsonObject => ({
    manager,
    operation: 'Update',
    time,
    fieldsV1: { 'f:spec': {} },
    ...more,
  })
  const managedFields = [
    entry('controller', '2026-01-01T00:00:05Z', { subresource: 'status' }),
    entry('old', '2026-01-01T00:00:01Z'),
    entry('kubectl-edit', '2026-01-01T00:00:05Z'),
  ]
  const { managers, resource } = read(deployment({ managedFields }))
  expect(attributionOf(managers)).toEqual({
    occurredAt: '2026-01-01T00:00:05Z',
    actor: { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' },
  })
  expect(JSON.stringify(resource)).not.toContain('f:spec')
  expect(attributionOf(read(deployment()).managers)).toBeUndefined()
})

test('of two entries of one second the writer is the one that the event before did not have', () => {
  const entry = (manager: string, time: number, subresource: string | null = null) => ({
    manager,
    operation: 'Update',
    subresource,
    time: `2026-01-01T00:00:0${time}Z`,
  })
  const writes = new LastWrites()
  const writer = (...managers: ReturnType<typeof entry>[]) => {
    const { actor } = writes.attributionOf('shop/web', managers) ?? {}
    return isObject(actor ?? null) ? (actor as JsonObject).name : null
  }
  expect(writer(entry('edit', 1))).toBe('edit')
  expect(writer(entry('edit', 1), entry('controller', 1, 'status'))).toBe('controller')
  expect(writer(entry('edit', 1), entry('controller', 2, 'status'))).toBe('controller')
  expect(writer(entry('edit', 2), entry('controller', 2, 'status'))).toBe('edit')
  expect(writer(entry('edit', 3), entry('controller', 2, 'status'))).toBe('edit')
  // One edit after the other, wherever its entry stands.
  expect(writer(entry('edit', 3), entry('patch', 3), entry('controller', 2, 'status'))).toBe('patch')
  expect(writer(entry('apply', 3), entry('edit', 3), entry('patch', 3), entry('controller', 2, 'status'))).toBe('apply')
})

test('who scales has an entry without a time, and is the writer where the number is another one', () => {
  const scale = { manager: 'kubectl', operation: 'Update', subresource: 'scale', time: null }
  const apply = { manager: 'apply', operation: 'Update', subresource: null, time: '2026-01-01T00:00:01Z' }
  const edit = { manager: 'edit', operation: 'Update', subresource: null, time: '2026-01-01T00:00:05Z' }
  const writes = new LastWrites()
  const writer = (replicas: number, ...managers: Parameters<typeof writes.attributionOf>[1]) =>
    writes.attributionOf('shop/web', managers, replicas)
  expect(writer(2, apply)?.actor).toMatchObject({ name: 'apply' })
  const scaled = { occurredAt: null, actor: { name: 'kubectl', subresource: 'scale' } }
  expect(writer(5, apply, scale)).toMatchObject(scaled)
  expect(writer(6, apply, scale)).toMatchObject(scaled)
  expect(writer(6, apply, scale, edit)?.actor).toMatchObject({ name: 'edit' })
  expect(writer(7, apply, scale, edit)).toMatchObject(scaled)
  // It is gone with the number that somebody else has set.
  expect(writer(8, apply, { ...edit, time: '2026-01-01T00:00:09Z' })?.actor).toMatchObject({ name: 'edit' })
})
