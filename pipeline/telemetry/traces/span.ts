import { messageOf } from '../../../model/errors.ts'
import type { TraceSettings } from './settings.ts'

/** Kinds and status codes as OTLP numbers them. */
const kinds = { internal: 1, server: 2 } as const
const failed = 2

/** One piece of work with its times, in OTLP's words. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code?: number; readonly message?: string }
}

export interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

export const attribute = (key: string, value: string | number): Attribute => ({
  key,
  value: typeof value === 'number' ? { intValue: String(Math.round(value)) } : { stringValue: value },
})

/** Hexadecimal of so many random bytes. */
const randomId = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')

interface Caller {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
}

/** The caller's span as W3C's `traceparent` names it; null where there is none, or one that must be ignored. */
function callerOf(traceparent: unknown): Caller | null {
  if (typeof traceparent !== 'string') return null
  const [, version, traceId = '', spanId = '', flags = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(traceparent) ?? []
  if (version === undefined || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** The last eight bytes of a trace's id are random, and decide the same for all of its spans. */
const isWithin = (traceId: string, ratio: number): boolean =>
  ratio >= 1 || Number(BigInt(`0x${traceId.slice(16)}`)) / 2 ** 64 < ratio

interface Work {
  readonly name: string
  readonly kind: number
  readonly attributes: readonly Attribute[]
  readonly error: string | null
}

/** What work an event reports; null: none of those that are traced. */
function workOf(
  event: string,
  fields: Readonly<Record<string, unknown>>,
  redact: (text: string) => string,
): Work | null {
  const text = (name: string): string => redact(String(fields[name]))
  if (event === 'http_request') {
    const status = Number(fields.status)
    const attributes = [
      attribute('http.request.method', text('method')),
      attribute('http.route', text('route')),
      attribute('http.response.status_code', status),
    ]
    const error = status >= 500 ? '' : null
    return { name: `${text('method')} ${text('route')}`, kind: kinds.server, attributes, error }
  }
  if (event !== 'scan_complete' && event !== 'scan_failed') return null
  const scope = text('scope')
  const isComplete = event === 'scan_complete'
  const attributes = [
    attribute('vaino.scope', scope),
    attribute('vaino.scan.outcome', isComplete ? 'complete' : 'failed'),
    ...(isComplete ? [attribute('vaino.scan.resources', Number(fields.resources))] : []),
  ]
  // The provider alone, so that a backend groups them; the scope is an attribute.
  const name = `scan ${scope.slice(0, scope.indexOf('/'))}`
  return { name, kind: kinds.internal, attributes, error: isComplete ? null : redact(messageOf(fields.error)) }
}

/**
 * The span of an event that ends work now.
 * @param nowMs Unix time in milliseconds; the span began `duration_ms` before
 * @returns null for an event that is no traced work, or a trace that isn't sampled
 */
export function spanOf(
  event: string,
  fields: Readonly<Record<string, unknown>>,
  { ratio, followsCaller }: Pick<TraceSettings, 'ratio' | 'followsCaller'>,
  redact: (text: string) => string,
  nowMs: number,
): Span | null {
  const work = workOf(event, fields, redact)
  if (work === null) return null
  const caller = callerOf(fields.traceparent)
  const traceId = caller?.traceId ?? randomId(16)
  if (!(caller !== null && followsCaller ? caller.isSampled : isWithin(traceId, ratio))) return null
  return {
    traceId,
    spanId: randomId(8),
    ...(caller === null ? {} : { parentSpanId: caller.spanId }),
    name: work.name,
    kind: work.kind,
    startTimeUnixNano: nanos(nowMs - Number(fields.duration_ms)),
    endTimeUnixNano: nanos(nowMs),
    attributes: work.attributes,
    status: work.error === null ? {} : { code: failed, ...(work.error === '' ? {} : { message: work.error }) },
  }
}

/** As text: a number of JSON hasn't that many digits. */
const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n)
