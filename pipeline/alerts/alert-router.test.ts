import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { severities } from '../../model/rules.ts'
import { AlertStore } from '../../storage/alerts/alert-store.ts'
import { runs } from '../../test/property.ts'
import type { Alert } from './alert.ts'
import { AlertRouter } from './alert-router.ts'
import type { AlertMessage } from './message.ts'
import { compileRoute } from './routes.ts'
import { type RouteConfig, routeSchema } from './routes-schema.ts'

const alertOf = (of: Partial<Alert> & { readonly subject: string }): Alert => ({
  ...{ source: 'drift', event: 'open', at: '2026-11-30T00:00:00.000Z', severity: 'medium', owner: null },
  ...{ scope: 'terraform/app/-/state', key: null, type: 'aws_sqs_queue', name: of.subject, provider: 'aws' },
  ...{ account: null, region: null, namespace: null, status: 'changed', tier: 'state', replaced: false, op: null },
  ...{ condition: null, actor: null, fields: [], omitted: 0, message: null, duration_seconds: null },
  ...{ entry: `${of.subject} ${of.event ?? 'open'}`, paths: ['size'], scopes: ['terraform/app/-/state'] },
  ...{ keys: [], tags: {}, scannedScope: 'terraform/app/-/live', isNamedLate: false, ...of },
})

/** A router over a file of its own, with a clock and scans that the test moves. */
class Desk implements Disposable {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'vaino-alerts-'))
  store: AlertStore
  nowMs = Date.parse('2026-11-30T12:00:00Z')
  ended = ''
  readonly untold: string[] = []
  readonly overflowed: string[] = []
  readonly routes
  router: AlertRouter

  constructor(routes: readonly (Partial<RouteConfig> | object)[], logId = 'a'.repeat(16)) {
    this.store = new AlertStore(this.#folder, logId)
    this.routes = routes.map((route, at) => compileRoute(routeSchema.parse({ to: 'ops', ...route }), at))
    this.router = this.#open()
  }

  #open(): AlertRouter {
    return new AlertRouter({
      ...{ store: this.store, routes: this.routes },
      scanEnded: () => this.ended,
      dropped: (reason) => void this.untold.push(reason),
      overflowed: (sink) => void this.overflowed.push(sink),
    })
  }

  take(of: Parameters<typeof alertOf>[0], isSuppressed = false): void {
    this.store.transaction(() => this.router.take(alertOf(of), isSuppressed, this.nowMs))
  }

  /** Ends a scan. */
  scan(): void {
    this.ended = new Date(this.nowMs).toISOString()
    this.store.transaction(() => this.router.countScans(this.nowMs))
  }

  /** The messages that are made after a time. */
  after(ms: number, sink = 'ops'): AlertMessage[] {
    this.nowMs += ms
    this.store.transaction(() => this.router.flush(this.nowMs))
    const made: AlertMessage[] = []
    for (let page = this.store.ofSink(sink); page.length > 0; page = this.store.ofSink(sink))
      for (const { seq, message } of page) {
        made.push(JSON.parse(message) as AlertMessage)
        this.store.delivered(seq)
      }
    return made
  }

  reopen(): void {
    this.store[Symbol.dispose]()
    this.store = new AlertStore(this.#folder, 'a'.repeat(16))
    this.router = this.#open()
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

const digest = 30_000
const told = ({ items, counts, still_open }: AlertMessage) => [
  items.map(({ event, subject }) => `${event} ${subject}`),
  counts.open + counts.changed + counts.resolved,
  still_open,
]

test('what comes within a digest is one message, in which what came and went is not', () => {
  using desk = new Desk([{}])
  desk.take({ subject: 'a' })
  desk.take({ subject: 'b', severity: 'critical' })
  desk.take({ subject: 'c' })
  desk.take({ subject: 'c', event: 'resolved' })
  expect(desk.after(digest - 1)).toEqual([])
  expect(desk.after(1).map(told)).toEqual([[['open b', 'open a'], 2, 2]])
  expect(desk.untold).toEqual(['never_told'])
  expect(desk.after(10 * digest)).toEqual([])
})

test('what is told is told again only when it is worse, and when it is over', () => {
  using desk = new Desk([{}])
  desk.take({ subject: 'a' })
  desk.after(digest)
  desk.take({ subject: 'a', event: 'changed' })
  expect(desk.after(digest)).toEqual([])
  desk.take({ subject: 'a', event: 'changed', severity: 'low' })
  expect(desk.after(digest)).toEqual([])
  desk.take({ subject: 'a', event: 'changed', paths: ['size', 'policy'] })
  expect(desk.after(digest).map(told)).toEqual([[['changed a'], 1, 1]])
  desk.take({ subject: 'a', event: 'changed', severity: 'high', paths: ['size'] })
  expect(desk.after(digest).map(told)).toEqual([[['changed a'], 1, 1]])
  desk.take({ subject: 'a', event: 'changed', severity: 'high', status: 'missing', paths: [] })
  expect(desk.after(digest).map(told)).toEqual([[['changed a'], 1, 1]])
  desk.take({ subject: 'a', event: 'resolved' })
  desk.take({ subject: 'a', severity: 'high', status: 'missing', paths: [] })
  expect(desk.after(digest)).toEqual([])
  desk.take({ subject: 'a', event: 'resolved' })
  expect(desk.after(digest).map(told)).toEqual([[['resolved a'], 1, 0]])
})

test('50,000 drifts that open at once are one message for each route, whatever they are grouped by', () => {
  using desk = new Desk([{ name: 'scope' }, { name: 'key', to: 'pager', group_by: ['key'] }])
  desk.store.transaction(() => {
    for (let n = 0; n < 50_000; n++) desk.take({ subject: `s${n}`, key: `k${n}` })
  })
  const [message, ...more] = desk.after(digest)
  expect(more).toEqual([])
  expect([message?.counts.open, message?.items.length, message?.omitted]).toEqual([50_000, 50, 49_950])
  const paged = desk.after(0, 'pager')
  expect(paged.map(({ counts }) => counts.open)).toEqual([50_000])
  desk.store.transaction(() => {
    for (let n = 0; n < 50_000; n++) desk.take({ subject: `s${n}`, key: `k${n}`, event: 'resolved' })
  })
  expect(desk.after(digest).map(({ counts, still_open }) => [counts.resolved, still_open])).toEqual([[50_000, 0]])
  expect(desk.after(0, 'pager').map(({ counts, incident }) => [counts.resolved, incident])).toEqual([
    [50_000, paged[0]?.incident ?? ''],
  ])
}, 120_000)

test('a group is one incident from its opening to its end, and groups beyond a hundred are told together', () => {
  using desk = new Desk([{ group_by: ['key'], digest: '0s' }])
  const incidents: string[] = []
  for (let n = 0; n < 120; n++) {
    desk.take({ subject: `s${n}`, key: `k${n}` })
    incidents.push(...desk.after(1).map(({ incident }) => incident))
  }
  expect(new Set(incidents).size).toBe(101)
  for (let n = 0; n < 120; n++) desk.take({ subject: `s${n}`, key: `k${n}`, event: 'resolved' })
  const ends = desk.after(1)
  expect(new Set(ends.map(({ incident }) => incident))).toEqual(new Set(incidents))
  expect(ends.every(({ still_open }) => still_open === 0)).toBe(true)
})

test('drift is told when it was there in as many complete scans as the route says', () => {
  using desk = new Desk([{ after_scans: 3 }])
  desk.take({ subject: 'a', at: new Date(desk.nowMs).toISOString() })
  desk.take({ subject: 'flaps', at: new Date(desk.nowMs).toISOString() })
  desk.scan()
  expect(desk.after(digest)).toEqual([])
  desk.take({ subject: 'flaps', event: 'resolved' })
  desk.scan()
  expect(desk.after(digest)).toEqual([])
  desk.reopen()
  desk.scan()
  expect(desk.after(digest).map(told)).toEqual([[['open a'], 1, 1]])
})

test('a clock that is set back puts nothing off', () => {
  using desk = new Desk([{ repeat: '1h' }])
  desk.take({ subject: 'a' })
  desk.nowMs -= 3_600_000
  expect(desk.after(1).map(told)).toEqual([[['open a'], 1, 1]])
  desk.nowMs -= 3_600_000
  expect(desk.after(1).map(({ kind }) => kind)).toEqual(['repeat'])
})

test('what is open is told again as often as the route says, with another id', () => {
  using desk = new Desk([{ repeat: '1h' }])
  desk.take({ subject: 'a' })
  const ids = [desk.after(digest), desk.after(3_600_000), desk.after(1), desk.after(3_600_000)].map((made) =>
    made.map(({ kind, id }) => `${kind} ${id}`),
  )
  expect(ids.map(({ length }) => length)).toEqual([1, 1, 0, 1])
  expect(new Set(ids.flat()).size).toBe(3)
  desk.take({ subject: 'a', event: 'resolved' })
  desk.after(digest)
  expect(desk.after(10 * 3_600_000)).toEqual([])
})

test('in quiet hours nothing is sent, and what is still so is told when they end', () => {
  using desk = new Desk([{ quiet_hours: { from: '22:00', to: '07:00', zone: 'Europe/Berlin' } }])
  desk.nowMs = Date.parse('2026-11-30T21:30:00Z')
  desk.take({ subject: 'a' })
  desk.take({ subject: 'b' })
  expect(desk.after(3_600_000)).toEqual([])
  desk.take({ subject: 'b', event: 'resolved' })
  desk.nowMs = Date.parse('2026-12-01T05:59:59Z')
  expect(desk.after(0)).toEqual([])
  expect(desk.after(1000).map(told)).toEqual([[['open a'], 1, 1]])
})

test('a queue that is full gives up its oldest message, which stays as a dead letter', () => {
  using desk = new Desk([{ group_by: [], digest: '0s' }])
  desk.store.transaction(() => {
    for (let n = 0; n < 1_002; n++) {
      desk.take({ subject: `s${n}` })
      desk.nowMs++
      desk.router.flush(desk.nowMs)
    }
  })
  expect(desk.store.depth('ops')).toBe(1_000)
  expect(desk.overflowed).toEqual(['ops', 'ops'])
  const dead = desk.store.dead(Number.MAX_SAFE_INTEGER, 10)
  expect(dead.map(({ reason, message }) => [reason, (JSON.parse(message) as AlertMessage).items[0]?.subject])).toEqual([
    ['queue_full', 's1'],
    ['queue_full', 's0'],
  ])
}, 60_000)

interface Step {
  readonly act: 'entry' | 'resolve' | 'flush' | 'reopen'
  readonly subject: string
  readonly severity: (typeof severities)[number]
  readonly status: 'changed' | 'missing' | 'unmanaged'
  readonly paths: string[]
  readonly isSuppressed: boolean
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    act: fc.constantFrom(
      'entry' as const,
      'entry' as const,
      'entry' as const,
      'resolve' as const,
      'flush' as const,
      'reopen' as const,
    ),
    subject: fc.constantFrom('a', 'b', 'c'),
    severity: fc.constantFrom(...severities),
    status: fc.constantFrom('changed' as const, 'missing' as const, 'unmanaged' as const),
    paths: fc.subarray(['size', 'policy']),
    isSuppressed: fc.boolean(),
  }),
  { maxLength: 40 },
)

const levels = ['unmanaged', 'changed', 'missing']

/** What one route tells, worked out from the whole history at each message. */
function oracle(history: readonly Step[], least: (typeof severities)[number], tellsResolved: boolean): string[][] {
  const messages: string[][] = []
  const told = new Map<string, Step>()
  let since: Step[] = []
  for (const step of [...history, { ...history[0], act: 'flush' } as Step]) {
    if (step.act === 'reopen') continue
    if (step.act !== 'flush') {
      since.push(step)
      continue
    }
    const said: string[] = []
    for (const subject of ['a', 'b', 'c']) {
      const of = since.filter((one) => one.subject === subject)
      const wanted = (one: Step) => severities.indexOf(one.severity) <= severities.indexOf(least)
      const before = told.get(subject)
      // How it stands after each step: told of before, it stays the route's until it is over.
      let now: Step | null = before ?? null
      let isOver = false
      for (const one of of) {
        if (one.act === 'resolve' || one.isSuppressed) {
          if (now !== null && before !== undefined && !isOver) isOver = true
          now = null
          if (isOver && !tellsResolved) told.delete(subject)
        } else if (wanted(one)) {
          now = one
          if (told.has(subject)) isOver = false
        } else if (!told.has(subject)) now = null
      }
      const known = told.get(subject)
      if (known === undefined) {
        if (now !== null) said.push(`open ${subject}`)
        if (now !== null) told.set(subject, now)
      } else if (isOver) {
        if (tellsResolved) said.push(`resolved ${subject}`)
        told.delete(subject)
      } else if (now !== null && now !== known) {
        const isWorse =
          severities.indexOf(now.severity) < severities.indexOf(known.severity) ||
          levels.indexOf(now.status) > levels.indexOf(known.status) ||
          now.paths.some((path) => !known.paths.includes(path))
        if (isWorse) said.push(`changed ${subject}`)
        if (isWorse) told.set(subject, now)
      }
    }
    since = []
    if (said.length > 0) messages.push(said)
  }
  return messages
}

test('whatever the history, the messages of a route are those that its whole history makes', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(...severities), fc.boolean(), (history, least, resolved) => {
      using desk = new Desk([{ match: { severity: least }, resolved, group_by: [], digest: '0s' }])
      const messages: string[][] = []
      const flush = () => {
        for (const { items } of desk.after(1))
          messages.push(items.map(({ event, subject }) => `${event} ${subject}`).sort(bySubject))
      }
      for (const { act, isSuppressed, ...of } of history) {
        if (act === 'flush') flush()
        else if (act === 'reopen') desk.reopen()
        else desk.take({ ...of, event: act === 'resolve' ? 'resolved' : 'changed' }, isSuppressed)
      }
      flush()
      expect(messages).toEqual(oracle(history, least, resolved))
    }),
    runs(60),
  )
}, 120_000)

const bySubject = (a: string, b: string): number => (a.slice(-1) < b.slice(-1) ? -1 : 1)

test('the same change number of a log that was restored makes a message of another id', () => {
  const idOf = (logId: string) => {
    using desk = new Desk([{ on: 'changes', digest: '0s' }], logId)
    desk.take({ subject: '0-15', source: 'changes', event: 'change', op: 'u', status: null, tier: null })
    return desk.after(0).map(({ id }) => id)
  }
  const [first] = idOf('a'.repeat(16))
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(idOf('a'.repeat(16))).toEqual([first ?? ''])
  expect(idOf('b'.repeat(16))).not.toEqual([first ?? ''])
})
