import { expect, test } from 'bun:test'
import { a, anna, bob, feeding, hour, opened } from '../../test/sources/fed-source.ts'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { running, scopeNamed, thing } from '../../test/sources/running.ts'

test('a thing that an event names is read alone, with who did it, and the event is done when that is committed', async () => {
  const { asked, source, feed } = feeding(() => 'there')
  const at = await opened(source, feed)
  at.tell({ by: anna })
  at.tell({ by: bob })
  expect(at.outcomes).toEqual([])
  await at.clock.advance(300)
  expect(asked).toEqual([['x']])
  expect([at.sink.followed, at.seenBy, at.outcomes]).toEqual([[`observed ${a}/x`], [bob], ['done', 'done']])
  // Of two changes that are seen as one the first has a maker, too: the log finds out whether it was recorded before.
  expect(at.sink.attributed).toEqual([{ scope: a, id: 'x', by: anna }])
  await at.clock.advance(100_000)
  expect([asked.length, at.sink.scans.length]).toEqual([1, 1])
  await at.stop()
})

test('what still shows the old state is read again after 2, 10 and 60 s, and the event is done no sooner', async () => {
  const { asked, source, feed } = feeding(() => 'there')
  const at = await opened(source, feed, [0, 0, 1])
  at.tell({})
  await at.clock.advance(2_500)
  expect([asked.length, at.outcomes]).toEqual([2, []])
  await at.clock.advance(7_000)
  expect(asked.length).toBe(2)
  await at.clock.advance(1_000)
  expect([asked.length, at.outcomes, at.sink.attributed]).toEqual([3, ['done'], []])
  await at.clock.advance(100_000)
  expect(asked.length).toBe(3)
  await at.stop()
})

test('an event whose change a scan had found before names its maker after a minute, and asks for no scan', async () => {
  const { asked, source, feed } = feeding(() => 'there')
  const at = await opened(source, feed, [0])
  at.tell({})
  await at.clock.advance(59_000)
  expect(at.outcomes).toEqual([])
  await at.clock.advance(2_000)
  expect([asked.length, at.outcomes, at.sink.scans.length]).toEqual([4, ['done'], 1])
  expect(at.sink.attributed).toEqual([{ scope: a, id: 'x', by: anna }])
  await at.stop()
})

test('the last event of an operation that shows nothing new is looked at once, and done', async () => {
  const { asked, source, feed } = feeding(() => 'there')
  const at = await opened(source, feed, [1, 0])
  at.tell({})
  await at.clock.advance(5_000)
  expect([asked.length, at.outcomes]).toEqual([1, ['done']])
  at.tell({ isEnd: true })
  await at.clock.advance(300)
  expect([asked.length, at.outcomes]).toEqual([2, ['done', 'done']])
  await at.clock.advance(100_000)
  expect([asked.length, at.sink.scans.length]).toEqual([2, 1])
  await at.stop()
})

test('the last event of an operation that can’t be read alone is one scan', async () => {
  const { source, feed } = feeding(() => 'there')
  const at = await opened(source, feed, [0])
  at.tell({ isEnd: true, canReread: false })
  await at.clock.advance(100_000)
  expect([at.sink.scans.length, at.outcomes]).toEqual([2, ['done']])
  await at.stop()
})

test('I5: a delete whose last event came is looked for until the thing is not found', async () => {
  let found: 'there' | 'absent' = 'there'
  const { source, feed } = feeding(() => found)
  const at = await opened(source, feed, [0, 1])
  at.tell({ isDelete: true, isEnd: true })
  await at.clock.advance(1_000)
  expect(at.outcomes).toEqual([])
  found = 'absent'
  await at.clock.advance(1_500)
  expect([at.sink.followed.at(-1), at.outcomes]).toEqual([`gone ${a}/x`, ['done']])
  await at.stop()
})

test('I5: only an event of a delete and a thing that is not found delete together', async () => {
  const { source, feed } = feeding(() => 'absent')
  const at = await opened(source, feed)
  at.tell({ ids: ['deleted'], isDelete: true })
  at.tell({ ids: ['edited'] })
  await at.clock.advance(300)
  expect([at.sink.followed, at.outcomes]).toEqual([[`gone ${a}/deleted`], ['done']])
  await at.clock.advance(61_000)
  expect(at.sink.followed).toEqual([`gone ${a}/deleted`])
  // A scan says what became of the other one, and its maker is written for it.
  expect(at.sink.scans.length).toBeGreaterThan(1)
  await at.clock.advance(61_000)
  expect(at.outcomes).toEqual(['done', 'done'])
  expect(at.sink.attributed).toEqual([{ scope: a, id: 'edited', by: anna }])
  await at.stop()
})

test('what is not found without a delete is looked for by a scan at once: a part may be gone by an edit', async () => {
  const { source, feed } = feeding(() => 'absent')
  const at = await opened(source, feed)
  at.tell({ ids: ['edited'] })
  await at.clock.advance(1_000)
  expect(at.sink.scans).toHaveLength(2)
  expect(at.sink.followed).toEqual([])
  await at.stop()
})

test('events of a target that is stopped are left to whoever reads its scope next', async () => {
  const { source, feed } = feeding(() => 'absent')
  const at = await opened(source, feed)
  at.tell({ ids: ['edited'] })
  await at.clock.advance(300)
  await at.stop()
  expect(at.outcomes).toEqual(['not_ours'])
})

test('what was deleted and made anew is not gone, in whatever order its events come, and its maker is the newer one', async () => {
  for (const order of [
    [{ by: anna, isDelete: true }, { by: bob }],
    [{ by: bob }, { by: anna, isDelete: true }],
  ]) {
    const { source, feed } = feeding(() => 'there')
    const at = await opened(source, feed)
    for (const said of order) at.tell(said)
    await at.clock.advance(300)
    expect([at.sink.followed, at.seenBy, at.outcomes]).toEqual([[`observed ${a}/x`], [bob], ['done', 'done']])
    await at.stop()
  }
})

test('what is there though it was deleted is nobody’s until the event of its making comes', async () => {
  const { source, feed } = feeding(() => 'there')
  const at = await opened(source, feed)
  at.tell({ by: anna, isDelete: true })
  await at.clock.advance(300)
  expect([at.seenBy, at.outcomes]).toEqual([[undefined], []])
  at.tell({ by: bob })
  await at.clock.advance(2_000)
  expect([at.seenBy, at.outcomes]).toEqual([
    [undefined, bob],
    ['done', 'done'],
  ])
  await at.stop()
})

test('a delete that lags is gone once the thing is not found', async () => {
  let found: 'there' | 'absent' = 'there'
  const { source, feed } = feeding(() => found)
  const at = await opened(source, feed, [0, 1])
  at.tell({ isDelete: true })
  await at.clock.advance(1_000)
  expect(at.outcomes).toEqual([])
  found = 'absent'
  await at.clock.advance(1_500)
  expect([at.sink.followed, at.seenBy]).toEqual([
    [`observed ${a}/x`, `gone ${a}/x`],
    [undefined, anna],
  ])
  expect(at.outcomes).toEqual(['done'])
  await at.stop()
})

test('I10: ten thousand events are a scan, which says who did it, and each is done', async () => {
  const { asked, source, feed } = feeding(() => 'there', {
    async scan(_target, out) {
      await out.observe(thing('n7'))
      return {}
    },
  })
  const at = await opened(source, feed)
  for (let n = 0; n < 10_000; n++) at.tell({ ids: [`n${n}`] })
  await at.clock.advance(30_000)
  expect([asked.length, at.sink.scans.length]).toEqual([1, 4])
  expect(asked[0]?.length).toBeLessThanOrEqual(100)
  expect(at.sink.scans[1]?.by).toEqual([anna])
  await at.clock.advance(61_000)
  expect(at.outcomes.length).toBe(10_000)
  await at.stop()
})

test('an event that names nothing is done when a scan has ended that began after it', async () => {
  const gate = Promise.withResolvers<void>()
  let scans = 0
  const { source, feed } = feeding(() => 'there', {
    async scan() {
      if (++scans === 2) await gate.promise
      return {}
    },
  })
  const at = await opened(source, feed)
  at.tell({ ids: [] })
  await at.clock.advance(500)
  // It is about what the scan under way may have read before.
  at.tell({ ids: [] })
  expect([scans, at.outcomes]).toEqual([2, []])
  gate.resolve()
  await at.clock.advance(0)
  expect(at.outcomes).toEqual(['done'])
  await at.clock.advance(500)
  expect([scans, at.outcomes]).toEqual([3, ['done', 'done']])
  await at.stop()
})

test('what can’t be read alone is left to a scan at once, and said', async () => {
  const { asked, source, feed } = feeding(() => new Error('compute.instances.get is denied'))
  const at = await opened(source, feed)
  at.tell({})
  await at.clock.advance(500)
  expect([asked.length, at.sink.scans.length]).toEqual([1, 2])
  expect(at.lines.join('')).toContain('compute.instances.get is denied')
  await at.clock.advance(61_000)
  expect(at.outcomes).toEqual(['done'])
  await at.stop()
})

test('a failure of what commits keeps the event, which is done once it is committed', async () => {
  const { source, feed } = feeding(() => 'there')
  let fails = true
  const at = await opened(source, feed)
  const { events } = at.sink
  at.sink.events = (scope) => ({
    ...events(scope),
    settled: async () => {
      if (fails) throw new Error('the disk is full')
      return 1
    },
  })
  at.tell({})
  await at.clock.advance(3_000)
  expect(at.outcomes).toEqual([])
  expect(at.lines.join('')).toContain('the disk is full')
  fails = false
  await at.clock.advance(2_000)
  expect(at.outcomes).toEqual(['done'])
  await at.stop()
})

test('a scope that another node reads, and one that nobody reads, are left to others', async () => {
  const { asked, source, feed } = feeding(() => 'there')
  await using at = running([source], recordingSink({ wants: () => false }), undefined, hour)
  await at.clock.advance(0)
  const nudge = await feed
  const said = { ids: ['x'], by: anna, occurredAt: '2026-11-29T12:00:00Z', canReread: true }
  expect(await nudge.changed(a, said)).toBe('not_ours')
  expect(await nudge.changed(scopeNamed('other'), said)).toBe('not_watched')
  expect(asked).toEqual([])
})

test('what is there as a thing of another scope’s is read once, and no scan looks for it', async () => {
  const { source, feed, asked } = feeding(() => 'other')
  const at = await opened(source, feed)
  at.tell({ ids: ['egress'] })
  at.tell({ ids: ['egress'], isDelete: true })
  await at.clock.advance(100_000)
  expect([asked, at.outcomes]).toEqual([[['egress']], ['done', 'done']])
  expect([at.sink.scans.length, at.sink.followed, at.sink.attributed]).toEqual([1, [], []])
  await at.stop()
})
