import { randomBytes } from 'node:crypto'
import { createRedactor } from '../../model/redaction.ts'
import { createTelemetry, type Telemetry } from '../../pipeline/telemetry/telemetry.ts'
import { readTraceSettings } from '../../pipeline/telemetry/traces/settings.ts'
import { openTraces } from '../../pipeline/telemetry/traces/traces.ts'
import { version } from './version.ts'

/**
 * The telemetry of a command that prints its own messages: nothing is logged, and its scans are traces where the environment names a
 * collector. Disposing it sends the last of them.
 * @param note says what the user must know: a setting that is not understood, spans that could not be sent
 */
export function scanTelemetry(note: (text: string) => void): { telemetry: Telemetry } & AsyncDisposable {
  const stack = new AsyncDisposableStack()
  const redact = createRedactor(randomBytes(32)).redactText
  const traced = readTraceSettings(process.env, version)
  for (const warning of traced.warnings) note(warning)
  const traces = stack.use(
    openTraces(traced, redact, (event, fields) => {
      if (event === 'spans_lost' && 'reason' in fields) note(`some spans could not be sent: ${fields.reason}`)
    }),
  )
  const observe = traces === null ? {} : { observe: traces.observe.bind(traces) }
  const telemetry = stack.use(createTelemetry({ version, format: 'none', redact, ...observe }))
  return { telemetry, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
