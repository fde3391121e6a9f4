import { messageOf, VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import type { AlertMessage } from '../../pipeline/alerts/message.ts'
import { testMessages } from '../../pipeline/alerts/sink-trial.ts'
import type { OpenSink } from '../../pipeline/alerts/sinks/open-sinks.ts'
import { sinksOf } from '../alert-sinks.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'

/** What became of a sink's test message. */
interface Tried {
  readonly sink: string
  readonly kind: string
  /** The route in whose words it was; `test`: in vaino's own. */
  readonly route: string
  readonly delivered: boolean
  /** What came back, or what went wrong. */
  readonly answer: string
  readonly duration_ms: number
}

const view: View<Tried> = {
  columns: [
    { title: 'SINK', of: ({ sink }) => sink },
    { title: 'KIND', of: ({ kind }) => kind },
    { title: 'ROUTE', of: ({ route }) => route },
    { title: 'DELIVERED', of: ({ delivered }) => (delivered ? 'yes' : 'no') },
    { title: 'MS', of: ({ duration_ms }) => String(duration_ms), align: 'right' },
    { title: 'ANSWER', of: ({ answer }) => answer },
  ],
  empty: 'there are no sinks',
}

/** @throws VainoError `not_found` for a sink that isn't there; `source_failed` where one did not take its message, once all were tried */
export async function testSinks(name: string | undefined, flags: SharedFlags): Promise<void> {
  const page = pageOf(flags)
  const { config } = await readConfig(flags)
  const sinks = sinksOf(config)
  const wanted = name === undefined ? sinks : sinks.filter((sink) => sink.name === name)
  if (name !== undefined && wanted.length === 0) throw noSink(name, sinks)
  if (sinks.length === 0)
    throw new VainoError('bad_config', 'there are no sinks to test', {
      hint: 'Name one under alerts.sinks in vaino.yaml.',
    })
  const signal = interruption()
  const tried: Tried[] = []
  async function* all() {
    for (const sink of wanted) {
      for (const message of testMessages(sink.name, config.alerts.routes ?? [], Date.now())) {
        const one = await tryOne(sink, message, signal)
        tried.push(one)
        yield one
      }
    }
  }
  await writeList(all(), view, page)
  const failed = new Set(tried.filter(({ delivered }) => !delivered).map(({ sink }) => sink))
  if (failed.size === 0) return
  throw new VainoError('source_failed', `${counted(failed.size, 'sink')} did not take the test message`, {
    hint: 'What each needs is in docs/alerts.md.',
  })
}

async function tryOne(
  { name, kind, sink, redact }: OpenSink,
  message: AlertMessage,
  signal: AbortSignal,
): Promise<Tried> {
  const began = performance.now()
  const end = (delivered: boolean, answer: string): Tried => ({
    ...{ sink: name, kind, route: message.route, delivered, answer: redact(answer) },
    duration_ms: Math.round(performance.now() - began),
  })
  try {
    return end(true, await sink.send(message, signal))
  } catch (error) {
    return end(false, messageOf(error))
  }
}

function noSink(name: string, sinks: readonly OpenSink[]): VainoError {
  const names = sinks.map((sink) => sink.name)
  const meant = nearest(name, names)
  const there = names.length === 0 ? 'There are none.' : `There are ${names.join(', ')}.`
  return new VainoError('not_found', `There is no sink ${name}`, {
    hint: meant === null ? there : `Did you mean ${meant}?`,
  })
}
