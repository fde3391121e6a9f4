import { describe, expect, test } from 'bun:test'
import { attributesOf, OtlpReceiver } from '../../../test/monitoring/otlp-receiver.ts'
import { readTraceSettings, type TraceSettings } from './settings.ts'
import { spanOf } from './span.ts'
import { Traces } from './traces.ts'

const read = (env: Readonly<Record<string, string>>) => readTraceSettings(env, '1.2.3')
const settingsOf = (env: Readonly<Record<string, string>>): TraceSettings => {
  const { settings } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...env })
  if (settings === null) throw new Error('there are no settings')
  return settings
}
const requested = (status: number, traceparent?: string) => ({
  ...{ method: 'GET', route: '/v1/scopes', status, duration_ms: 12.5 },
  traceparent,
})
const caller = (flags: string) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`
const plain = (text: string) => text.replace('hunter2', '***')
const everything = { ratio: 1, followsCaller: true }
const span = (event: string, fields: Readonly<Record<string, unknown>>, sampling = everything) =>
  spanOf(event, fields, sampling, plain, 1_800_000_000_000)

/** Traces to a receiver, with the events that they emit. */
async function tracing(env: Readonly<Record<string, string>> = {}) {
  const receiver = await OtlpReceiver.open()
  const events: { event: string; fields: object }[] = []
  const settings = settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.http.url, OTEL_BSP_SCHEDULE_DELAY: '20', ...env })
  const traces = new Traces(settings, plain, (event, fields) => void events.push({ event, fields }))
  return {
    ...{ receiver, traces, events },
    async [Symbol.asyncDispose]() {
      await traces[Symbol.asyncDispose]()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

describe('the environment', () => {
  test('without an endpoint, or where traces are turned off, nothing is sent', () => {
    expect(read({})).toEqual({ settings: null, warnings: [] })
    for (const off of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])
      expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', ...off }).settings).toBeNull()
  })

  test('names address, headers, service and sampling as OpenTelemetry has them', () => {
    expect(
      settingsOf({
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example/x/', OTEL_EXPORTER_OTLP_HEADERS: 'key=a%20b,x=1' },
        ...{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=old,deployment.environment=prod', OTEL_SERVICE_NAME: 'drift' },
        ...{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      }),
    ).toMatchObject({
      url: 'https://otel.example/x/v1/traces',
      headers: { key: 'a b', x: '1' },
      resource: { 'service.name': 'drift', 'service.version': '1.2.3', 'deployment.environment': 'prod' },
      ...{ ratio: 0.25, followsCaller: true },
    })
    expect(settingsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/own' }).url).toBe('http://b/own')
    expect(settingsOf({ OTEL_TRACES_SAMPLER: 'always_off' })).toMatchObject({ ratio: 0, followsCaller: false })
  })

  test.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'over HTTP, not as grpc'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318' }, 'no http: or https: URL'],
  ])('says why nothing is sent: %j', (env, why) => {
    const { settings, warnings } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', ...env })
    expect({ settings, warning: warnings[0] }).toEqual({ settings: null, warning: expect.stringContaining(why) })
  })
})

describe('a span', () => {
  test('of a request ends now, began when the request did, and belongs to the caller’s trace', () => {
    expect(span('http_request', requested(200, caller('01')))).toMatchObject({
      ...{ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' },
      ...{ name: 'GET /v1/scopes', kind: 2, status: {} },
      ...{ startTimeUnixNano: '1799999999987500000', endTimeUnixNano: '1800000000000000000' },
    })
    expect(span('http_request', requested(503))?.status).toEqual({ code: 2 })
  })

  test('of a failed scan has its error, without secrets', () => {
    const failed = { scope: 'aws/1/eu/aws_vpc', error: new Error('denied to hunter2'), duration_ms: 5 }
    expect(span('scan_failed', failed)).toMatchObject({
      name: 'scan aws',
      status: { code: 2, message: 'denied to ***' },
    })
  })

  test('is left out where the caller, or the share, says so; a broken traceparent begins a new trace', () => {
    expect(span('http_request', requested(200, caller('00')))).toBeNull()
    expect(span('http_request', requested(200, caller('00')), { ratio: 1, followsCaller: false })).not.toBeNull()
    expect(span('http_request', requested(200), { ratio: 0, followsCaller: true })).toBeNull()
    for (const broken of [
      'x',
      caller('01').replace('00-', 'ff-'),
      caller('01').replace(/[0-9a-f]{32}/, '0'.repeat(32)),
    ])
      expect(span('http_request', requested(200, broken))?.parentSpanId).toBeUndefined()
    const kept = Array.from({ length: 2000 }, () =>
      span('http_request', requested(200), { ratio: 0.5, followsCaller: true }),
    )
    const share = kept.filter((each) => each !== null).length / kept.length
    expect(share).toBeGreaterThan(0.4)
    expect(share).toBeLessThan(0.6)
    expect(span('scan_warning', { scope: 'a', warning: 'b' })).toBeNull()
  })
})

describe('sending', () => {
  test('goes in batches of OTLP’s JSON, with the resource and the headers', async () => {
    await using at = await tracing({
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20t',
    })
    for (let n = 0; n < 4; n++) at.traces.observe('http_request', requested(200 + n))
    await at.receiver.http.count(2)
    expect(at.receiver.spans.map((each) => attributesOf(each)['http.response.status_code'])).toEqual([
      '200',
      '201',
      '202',
      '203',
    ])
    const [first] = at.receiver.requests
    expect(attributesOf(first?.resourceSpans[0]?.resource ?? { attributes: [] })).toMatchObject({
      'service.name': 'vaino',
    })
    expect(at.receiver.http.received[0]).toMatchObject({ path: '/v1/traces', headers: { authorization: 'Bearer t' } })
  })

  test('is tried again where that may help, and lost and counted where it does not', async () => {
    await using at = await tracing()
    at.receiver.http.answer = (_, count) => ({ status: [503, 200, 400][count - 1] ?? 200 })
    at.traces.observe('http_request', requested(200))
    await at.receiver.http.count(2)
    expect(new Set(at.receiver.spans.map(({ spanId }) => spanId)).size).toBe(1)
    at.traces.observe('http_request', requested(200))
    await at.receiver.http.count(3)
    await at.traces[Symbol.asyncDispose]()
    expect(at.events.map(({ event }) => event)).toEqual(['spans_delayed', 'spans_sent', 'spans_lost'])
  })

  test('holds a bounded number of spans while nobody takes them', async () => {
    await using at = await tracing({ OTEL_BSP_MAX_QUEUE_SIZE: '3', OTEL_BSP_SCHEDULE_DELAY: '60000' })
    at.receiver.http.answer = () => ({ status: 503 })
    for (let n = 0; n < 10; n++) at.traces.observe('http_request', requested(200))
    await at.traces[Symbol.asyncDispose]()
    const lost = at.events.filter(({ event }) => event === 'spans_lost').map(({ fields }) => fields)
    expect(lost).toEqual([
      { count: 7, reason: 'too many waited' },
      { count: 3, reason: 'vaino stops' },
    ])
  })
})
