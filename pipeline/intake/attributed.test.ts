import { expect, test } from 'bun:test'
import { startTestServer, until } from '../../api/test-server.ts'
import type { Nudge, Source } from '../../connectors/source.ts'
import type { Key, Scope } from '../../model/scope.ts'
import { manualClock } from '../../test/sources/manual-clock.ts'
import { runSources } from '../sources/runner.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'

const scope = 'test/1/-/thing' as Scope
const key = `${scope}/x` as Key

test('what an event says of who made a change stands in the change, whether the event or the scan comes first', async () => {
  await using server = await startTestServer()
  const { engine } = server
  let version = 1
  let nudge: Nudge | null = null
  const source: Source = {
    name: 'test:source',
    async *targets() {
      yield [{ scope }]
    },
    async scan(_target, out) {
      await out.observe({ id: 'x', type: 'thing', provider: 'test', configuration: { version } })
      return {}
    },
    events(out) {
      nudge = out
      return new Promise(() => {})
    },
  }
  const clock = manualClock()
  using telemetry = createTelemetry({ version: '0', format: 'none', redact: (text) => text })
  const config = { kind: 'test', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
  const opened = { config, source, intervalMs: 3_600_000, forgetAfterMs: null, isThrottled: () => false }
  const { redactText } = engine.redactor
  const sink = (name: string, signal: AbortSignal) => engine.sink(name, signal)
  await using _running = runSources([opened], { telemetry, redactText, sink, concurrency: 1, clock })
  const feed = () => nudge as Nudge | null
  const newest = () => {
    const [entry] = engine.reader.history(key)
    return entry?.change.toChange(entry.cursor)
  }
  const by = (name: string) => ({ actor: { name }, occurredAt: new Date().toISOString() })
  const passing = (ms: number, what: string, holds: () => boolean) =>
    until(what, async () => {
      await clock.advance(ms)
      return holds()
    })
  await passing(1, 'the first scan is committed', () => newest()?.version === 1 && feed() !== null)

  // The event comes after the change.
  feed()?.attributed(scope, 'x', by('late'))
  await passing(20_000, 'the change has its actor', () => newest()?.actor !== null)
  expect(newest()).toMatchObject({ version: 1, actor: { name: 'late' } })

  // And before it, twice: the scan that it brings about says it, and what is written then adds nothing.
  const early = by('early')
  feed()?.attributed(scope, 'x', early)
  version = 2
  const reported = feed()?.changed(scope, { ids: ['x'], by: early, occurredAt: early.occurredAt })
  await passing(100, 'the second change is seen', () => newest()?.version === 2)
  expect(newest()).toMatchObject({ op: 'u', actor: { name: 'early' } })
  await clock.advance(60_000)
  expect(await reported).toBe('done')
  const repeated = 'vaino_suppressed_total{reason="attribution_repeated"} 2'
  await until('both records were applied', async () => (await (await server.get('/metrics')).text()).includes(repeated))
  const ops = engine.reader.head().flatMap((head, p) => engine.reader.changes(p, 0, head, 100).map(({ op }) => op))
  expect(ops).toEqual(['r', 'a', 'u'])
})
