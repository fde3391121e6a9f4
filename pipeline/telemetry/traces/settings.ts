/** Where spans go and how, from the standard OTEL_* variables. Times are milliseconds. */
export interface TraceSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly resource: Readonly<Record<string, string>>
  /** The share of traces that are kept, 0 to 1. */
  readonly ratio: number
  /** Whether a caller's own decision goes before the share. */
  readonly followsCaller: boolean
  /** Spans that wait at most; newer ones are dropped beyond it. */
  readonly maxQueue: number
  readonly maxBatch: number
  readonly delayMs: number
}

export interface ReadTraceSettings {
  readonly settings: TraceSettings | null
  readonly warnings: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** OpenTelemetry's own defaults. */
const defaults = { timeoutMs: 10_000, maxQueue: 2048, maxBatch: 512, delayMs: 5_000 } as const
/** No queue holds more than this, whatever the variable says: a span takes about 1 KB. */
const maxQueueEver = 100_000

/** `a=1,b=2%20` as OpenTelemetry writes lists. */
function pairsOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((part) => {
    const at = part.indexOf('=')
    return at < 1 ? [] : [[part.slice(0, at).trim(), decoded(part.slice(at + 1).trim())]]
  })
  return Object.fromEntries(pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that encodes nothing stands for itself.
    return text
  }
}

function numberOf(text: string | undefined, fallback: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) || value <= 0 ? fallback : Math.min(value, most)
}

function samplingOf(env: Environment): Pick<TraceSettings, 'ratio' | 'followsCaller'> {
  const sampler = env.OTEL_TRACES_SAMPLER || 'parentbased_always_on'
  const given = Number(env.OTEL_TRACES_SAMPLER_ARG || '1')
  const share = given >= 0 && given <= 1 ? given : 1
  const kind = sampler.replace('parentbased_', '')
  return { ratio: kind === 'always_off' ? 0 : kind === 'traceidratio' ? share : 1, followsCaller: sampler !== kind }
}

function addressOf(env: Environment): string | null {
  if (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT
  return base ? `${base.replace(/\/+$/, '')}/v1/traces` : null
}

/**
 * What the environment says of traces. Without an endpoint there are none: vaino sends nothing to a default address.
 * @returns `settings` null where nothing is sent, with a warning where that is not what was asked for
 */
export function readTraceSettings(env: Environment, version: string): ReadTraceSettings {
  const url = addressOf(env)
  const off = (...warnings: string[]) => ({ settings: null, warnings })
  if (url === null || env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return off()
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json'
  if (!protocol.startsWith('http/')) return off(`no traces are sent: vaino sends them over HTTP, not as ${protocol}`)
  if (!/^https?:\/\/[^\s/]/.test(url)) return off('no traces are sent: their endpoint is no http: or https: URL')
  const named = pairsOf(env.OTEL_RESOURCE_ATTRIBUTES)
  const settings = {
    url,
    headers: { ...pairsOf(env.OTEL_EXPORTER_OTLP_HEADERS), ...pairsOf(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS) },
    timeoutMs: numberOf(env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TIMEOUT, defaults.timeoutMs),
    resource: {
      'service.version': version,
      ...named,
      'service.name': env.OTEL_SERVICE_NAME || named['service.name'] || 'vaino',
    },
    ...samplingOf(env),
    maxQueue: numberOf(env.OTEL_BSP_MAX_QUEUE_SIZE, defaults.maxQueue, maxQueueEver),
    maxBatch: numberOf(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, defaults.maxBatch, maxQueueEver),
    delayMs: numberOf(env.OTEL_BSP_SCHEDULE_DELAY, defaults.delayMs),
  }
  return { settings, warnings: [] }
}
