import type { Source } from '../../connectors/source.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { Forgetting } from '../../pipeline/sources/forgetting.ts'
import { runSources } from '../../pipeline/sources/runner.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { manualClock } from './manual-clock.ts'
import { type RecordingSink, recordingSink } from './recording-sink.ts'

export const scopeNamed = (name: string): Scope => `test/${name}/-/thing` as Scope

export const thing = (id: string): Resource => ({ id, type: 'thing', provider: 'test', configuration: {} })

export const intervalMs = 10_000

/** A source with one target, `a`, whose scan finds one resource; a test replaces what it is about. */
export const sourceWith = (more: Partial<Source> = {}): Source => ({
  name: 'test:source',
  async *targets() {
    yield [{ scope: scopeNamed('a') }]
  },
  async scan(_target, out) {
    await out.observe(thing('x'))
    return {}
  },
  ...more,
})

/** Runs sources over a recording sink, on a clock that the test moves, with a jitter in the middle. */
export function running(
  sources: readonly Source[],
  sink: RecordingSink = recordingSink(),
  forgetting?: Forgetting,
  everyMs = intervalMs,
) {
  const clock = manualClock()
  const lines: string[] = []
  const telemetry = createTelemetry({
    version: '0',
    format: 'json',
    level: 'debug',
    destination: { write: (line: string) => void lines.push(line) },
    redact: (text) => text,
  })
  const config = { kind: 'test', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
  const opened = runSources(
    sources.map((source) => ({
      ...{ config, source, intervalMs: everyMs, isThrottled: () => false },
      forgetAfterMs: forgetting?.afterMs ?? null,
    })),
    {
      ...(forgetting === undefined ? {} : { gone: forgetting }),
      telemetry,
      redactText: (text) => text,
      sink: () => sink,
      concurrency: 4,
      clock,
      random: () => 0.5,
    },
  )
  return {
    clock,
    sink,
    lines,
    status: opened.status,
    reread: opened.reread,
    targets: opened.targets,
    async [Symbol.asyncDispose]() {
      const stopped = opened[Symbol.asyncDispose]()
      await clock.advance(0)
      await stopped
      telemetry[Symbol.dispose]()
    },
  }
}
