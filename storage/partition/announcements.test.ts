import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Op } from '../../model/change.ts'
import type { ResourceState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import { runs } from '../../test/property.ts'
import { PartitionReader } from '../reader/partition-reader.ts'
import type { ReplicaDeletion, ReplicaListener, ReplicaScope, ReplicaState } from '../replica.ts'
import { Partition } from './partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles(true)
const newFile = () => files.settingsAt(files.pathOf())

const scopeName = 'p/-/-/t' as Scope
const idHash = { idLo: 1, idHi: 1 }
const hashes = () => ({ rawLo: 1, rawHi: 2, canonicalLo: 3, canonicalHi: 4 })

/** What a transaction does to a resource, where it can be done. */
type Act = 'observe' | 'delete' | 'refresh' | 'hold' | 'release'

function act(owner: Partition, id: string, what: Act, nowMs: number): void {
  const scope = owner.scope(scopeName)
  const current = owner.find(scope, id)
  const isLive = current !== null && current.condition !== 'deleted'
  const document = JSON.stringify({ id, type: 't', provider: 'p', metadata: { nowMs } })
  if (what === 'observe') record(owner, current, id, document, nowMs)
  else if (!isLive) return
  else if (what === 'delete') record(owner, current, id, null, nowMs)
  else if (what === 'refresh')
    owner.confirm(scope, current, idHash, { hashes: hashes(), uid: `u${nowMs}`, observedAtMs: nowMs, document })
  else if ((current.condition === 'held') !== (what === 'hold')) owner.setHeld(scope, current.id, what === 'hold')
}

function record(owner: Partition, current: ResourceState | null, id: string, after: string | null, nowMs: number) {
  const isLive = current !== null && current.condition !== 'deleted'
  const op: Op = after === null ? 'd' : isLive ? 'u' : 'c'
  const draft = {
    ...{ current, header: { id, type: 't', provider: 'p' }, resourceName: id, uid: current?.uid ?? null, fields: [] },
    ...{ reason: null, op, hashes: after === null ? null : hashes() },
    envelope: { scan: null, observedAtMs: nowMs - 3, occurredAt: null, actor: null },
    ...{ before: isLive ? owner.document(current) : null, after },
  } as const
  owner.record(owner.scope(scopeName), draft, null)
}

/** Keeps what it is told, in that order. */
function listening() {
  const changes: number[] = []
  const resources: (ReplicaState | ReplicaDeletion)[] = []
  const scopes: ReplicaScope[] = []
  const listener: ReplicaListener = {
    change: ({ offset }) => void changes.push(offset),
    attribution: () => undefined,
    waiting: () => undefined,
    waitingEnded: () => undefined,
    state: (state) => void resources.push(state),
    deletion: (deletion) => void resources.push(deletion),
    forgotten: () => undefined,
    scope: (scope) => void scopes.push(scope),
  }
  return { listener, changes, resources, scopes }
}

const acts = ['observe', 'delete', 'refresh', 'hold', 'release'] as const
const step = fc.record({ id: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom(...acts) })

test('I11: whatever a transaction does to a resource, and however often, what is published of it last is what stands in the file', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 5 }), (transactions) => {
      const file = newFile()
      const { listener, changes, resources, scopes } = listening()
      using owner = new Partition(file, 'owner', listener)
      let nowMs = 0
      for (const steps of transactions) {
        const toldBefore = resources.length
        owner.prepare(++nowMs * 1000, null, () => {
          for (const { id, what } of steps) act(owner, id, what, ++nowMs * 1000)
        })
        owner.publishRest(nowMs)
        owner.commit()
        // Whoever has nothing but the states goes on from a scope's record.
        const isTold = resources.length > toldBefore
        if (isTold) expect(scopes.at(-1)).toMatchObject({ head: owner.head, input: nowMs })
      }
      expect(changes).toEqual(changes.map((_, index) => index + 1))
      using reader = new PartitionReader(file.path, 0, () => {})
      for (const id of ['a', 'b', 'c']) {
        const row = reader.resource(scopeName, id)
        const told = resources.findLast(({ name }) => name === id)
        expect(told === undefined).toBe(row === null)
        if (!row || !told) continue
        const { last, version, firstSeenMs, changedAtMs, observedAtMs, document } = row
        const times = { firstSeenMs, changedAtMs, observedAtMs }
        const kept = owner.find(owner.scope(scopeName), id)
        const live = { held: row.state === 2, uid: kept?.uid ?? null, document }
        expect<object>(told).toEqual({
          scope: scopeName,
          name: id,
          version,
          last,
          ...times,
          ...(row.state > 0 && live),
        })
      }
    }),
    runs(100),
  )
}, 120_000)

test('I10: a change is published as it is recorded, and a refreshed resource at the end of the transaction, so that no document is kept until then', () => {
  const { listener, changes, resources } = listening()
  using owner = new Partition(newFile(), 'owner', listener)
  const toldOf = () => [changes.length, resources.length]
  owner.prepare(1000, null, () => {
    for (const id of ['a', 'b']) act(owner, id, 'observe', 1000)
    expect(toldOf()).toEqual([2, 2])
    act(owner, 'a', 'delete', 1000)
    expect(toldOf()).toEqual([3, 3])
    act(owner, 'b', 'hold', 1000)
    expect(toldOf()).toEqual([3, 3])
  })
  owner.publishRest(0)
  expect(toldOf()).toEqual([3, 4])
  owner.commit()
})
