import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { dimensions } from '../../model/resource-class.ts'
import type { Scope } from '../../model/scope.ts'
import { runs } from '../../test/property.ts'
import type { AttributionRow, ChangeRow } from '../change-row.ts'
import { countFacets } from '../reader/facets.ts'
import { PartitionReader } from '../reader/partition-reader.ts'
import type { ReplicaDeletion, ReplicaListener, ReplicaScope, ReplicaState } from '../replica.ts'
import { Partition } from './partition.ts'
import { ReplicaPartition } from './replica-partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles(true)
const newFile = () => files.settingsAt(files.pathOf())

const scopeName = 'p/-/-/t' as Scope
const noHashes = { rawLo: 0, rawHi: 0, canonicalLo: 0, canonicalHi: 0 }
const ids = ['a', 'b', 'c']

/** What is told of resources, in the order in which it was told, and the changes. */
interface Topics {
  readonly changes: (ChangeRow | AttributionRow)[]
  readonly states: (ReplicaState | ReplicaDeletion)[]
  /** What the scope's record says of the partition. */
  readonly scopes: Pick<ReplicaScope, 'head' | 'input'>[]
}

const noTopics = (): Topics => ({ changes: [], states: [], scopes: [] })
const told = ({ changes, states, scopes }: Topics): ReplicaListener => ({
  change: (change) => void changes.push(change),
  attribution: (attribution) => void changes.push(attribution),
  waiting: () => undefined,
  waitingEnded: () => undefined,
  state: (state) => void states.push(state),
  deletion: (deletion) => void states.push(deletion),
  scope: (scope) => void scopes.push(scope),
  forgotten: () => undefined,
})

/** An owner observes a resource, or deletes it where it is there. */
function happen(owner: Partition, id: string, isGone: boolean, nowMs: number): void {
  owner.prepare(nowMs, null, () => {
    const scope = owner.scope(scopeName)
    const current = owner.find(scope, id)
    const isLive = current !== null && current.condition !== 'deleted'
    if (isGone && !isLive) return
    const header = { id, type: 't', provider: 'p' }
    owner.record(
      scope,
      {
        ...{ current, header, resourceName: id, uid: null, reason: isGone ? 'source' : null, fields: [] },
        op: isGone ? 'd' : isLive ? 'u' : 'c',
        hashes: isGone ? null : noHashes,
        envelope: { scan: null, observedAtMs: nowMs - 3, occurredAt: null, actor: null },
        before: isLive ? owner.document(current) : null,
        after: isGone ? null : JSON.stringify({ ...header, name: `at ${nowMs}` }),
      },
      null,
    )
  })
  owner.publishRest(0)
  owner.commit()
}

/** Somebody says who made a resource's newest change. */
function attribute(owner: Partition, id: string, event: string, nowMs: number): void {
  owner.prepare(nowMs, null, () => {
    const scope = owner.scope(scopeName)
    const resource = owner.find(scope, id)
    const [change] = resource === null ? [] : owner.attributableChanges(resource)
    if (resource === null || change === undefined) return
    const said = { occurredAtMs: nowMs - 5, actor: { arn: event }, event: { id: event, name: 'n', source: null } }
    owner.attribute(scope, resource, change, said)
  })
  owner.publishRest(0)
  owner.commit()
}

/** Compaction has come by up to a place: of each key it leaves what was told last. */
const compacted = (states: Topics['states'], until: number): Topics['states'] => {
  const last = new Map(states.slice(0, until).map((state) => [state.name, state]))
  return states.filter((state, index) => index >= until || last.get(state.name) === state)
}

function rebuilt(path: ReturnType<typeof newFile>, { changes, states, scopes }: Topics): void {
  using file = new ReplicaPartition(path, 'replica')
  file.beginRebuild()
  file.transaction(() => {
    for (const state of states) {
      if ('document' in state) file.state(state)
      else file.deleted(state)
    }
    for (const scope of scopes.slice(-1)) file.reached(scope)
  })
  file.transaction(() => {
    for (const change of changes) {
      file.beginHistory(change)
      take(file, change)
    }
  })
  file.endRebuild(1e6)
}

function take(file: ReplicaPartition, entry: Topics['changes'][number]): void {
  if (entry.op === 'a') file.attribution(entry)
  else file.change(entry)
}

/** All that is known of the resources, and of changes after one, but for the numbers that rows have in one file. */
function knownIn(path: string, after: number) {
  using reader = new PartitionReader(path, 0, () => {})
  const resources = ids.map((name) => {
    const row = reader.resource(scopeName, name)
    return row && { ...row, id: null }
  })
  const changes = reader.ascending(after, reader.head(), 100).map((change) => ({ ...change, resource: null }))
  // A copy learns who is there from states: it counts them as their owner does.
  const { total, values } = countsIn(reader)
  return { head: reader.head(), resources, changes, total, values }
}

function countsIn(reader: PartitionReader) {
  const counting = countFacets([reader], {}, dimensions, null)
  for (;;) {
    const { done, value } = counting.next()
    if (done) return value
  }
}

const step = fc.record({ id: fc.constantFrom(...ids), isGone: fc.boolean(), isSaid: fc.boolean() })

test('I3, I11: a file rebuilt from compacted states knows what was deleted as its owner does, whatever is left of the changes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(25), fc.nat(25), (steps, until, lost) => {
      const owned = newFile()
      const topics = noTopics()
      {
        using owner = new Partition({ ...owned }, 'owner', told(topics))
        for (const [index, { id, isGone, isSaid }] of steps.entries()) {
          if (isSaid) attribute(owner, id, `event ${index}`, 1_000 * (index + 1))
          else happen(owner, id, isGone, 1_000 * (index + 1))
        }
      }
      const copy = newFile()
      rebuilt(copy, { ...topics, changes: topics.changes.slice(lost), states: compacted(topics.states, until) })
      expect(knownIn(copy.path, lost)).toEqual(knownIn(owned.path, lost))

      // Messages may come twice.
      {
        using file = new ReplicaPartition({ ...owned, path: copy.path }, 'replica')
        file.transaction(() => {
          for (const change of topics.changes.slice(lost)) take(file, change)
        })
      }
      expect(knownIn(copy.path, lost)).toEqual(knownIn(owned.path, lost))

      // An event that has made an entry makes no other, whoever owns the partition.
      {
        using next = new Partition({ ...owned, path: copy.path }, 'next')
        for (const entry of topics.changes.slice(lost)) {
          if (entry.op === 'a')
            expect(next.knowsEvent(next.scope(scopeName), entry.name, JSON.parse(entry.event).id)).toBe(true)
        }
      }

      // What comes back through either goes on at the same number.
      const comeBack = ({ path }: typeof copy) => {
        const next = noTopics()
        using owner = new Partition({ ...owned, path }, 'next', told(next))
        for (const id of ids) happen(owner, id, false, 2e6)
        return next.changes.map((change) => ({ ...change, resource: null }))
      }
      expect(comeBack(copy)).toEqual(comeBack(owned))
    }),
    runs(30),
  )
}, 120_000)

test('I3: a deletion that says nothing of itself is the change after the last one known, until its change says which it was', () => {
  const owned = newFile()
  const topics = noTopics()
  {
    using owner = new Partition({ ...owned }, 'owner', told(topics))
    for (const [index, isGone] of [false, false, true].entries()) {
      happen(owner, 'a', isGone, 1_000 * (index + 1))
    }
  }
  const versionIn = (states: Topics['states'], changes: Topics['changes']) => {
    const copy = newFile()
    using file = new ReplicaPartition(copy, 'replica')
    file.beginRebuild()
    file.transaction(() => {
      for (const state of states) if ('document' in state) file.state(state)
      file.removed({ scope: scopeName, name: 'a' })
    })
    file.transaction(() => {
      for (const change of changes) {
        file.beginHistory(change)
        take(file, change)
      }
    })
    file.endRebuild(1e6)
    using reader = new PartitionReader(copy.path, 0, () => {})
    const row = reader.resource(scopeName, 'a')
    return row && [row.state, row.version, row.last]
  }
  expect(versionIn(topics.states, [])).toEqual([0, 3, 2])
  expect(versionIn(topics.states, topics.changes)).toEqual([0, 3, 3])
  expect(versionIn([], topics.changes.slice(2))).toEqual([0, 3, 3])
  expect(versionIn([], [])).toBeNull()
})

test('a resource that began at version 1 again, where its delete was forgotten, is live in a file that remembers the delete', () => {
  const times = { firstSeenMs: 1, changedAtMs: 1, observedAtMs: 1 }
  const forgotten = { scope: scopeName, name: 'a', version: 6, last: 10, ...times }
  const document = '{"id":"a","type":"t","provider":"p"}'
  const again = { ...forgotten, version: 1, last: 15, held: false, uid: null, document }
  const copy = newFile()
  rebuilt(copy, { ...noTopics(), states: [forgotten, again] })
  expect(knownIn(copy.path, 0)).toMatchObject({ head: 15, resources: [{ version: 1, last: 15, document }, null, null] })
})
