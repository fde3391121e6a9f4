import { z } from 'zod'
import { HttpReceiver } from '../http-receiver.ts'

const attributes = z.array(
  z.strictObject({
    key: z.string().min(1),
    value: z.union([
      z.strictObject({ stringValue: z.string() }),
      z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
    ]),
  }),
)
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes,
  status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
})
/** `ExportTraceServiceRequest` as OTLP's JSON has it, as far as vaino writes it; ids are hexadecimal, 64-bit numbers are texts. */
const request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(span).min(1) })),
    }),
  ),
})

export type ReceivedSpan = z.infer<typeof span>

/** A stand-in for a collector of OpenTelemetry: it takes what is sent to it only in the shape of OTLP. */
export class OtlpReceiver implements AsyncDisposable {
  readonly #http: HttpReceiver

  private constructor(http: HttpReceiver) {
    this.#http = http
  }

  static async open(): Promise<OtlpReceiver> {
    return new OtlpReceiver(await HttpReceiver.open())
  }

  get http(): HttpReceiver {
    return this.#http
  }

  /** @throws ZodError for a request that is none of OTLP's */
  get requests() {
    return this.#http.bodies.map((body) => request.parse(body))
  }

  get spans(): ReceivedSpan[] {
    return this.requests.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#http[Symbol.asyncDispose]()
  }
}

/** The attributes of a span by name. */
export const attributesOf = ({ attributes }: Pick<ReceivedSpan, 'attributes'>): Record<string, string> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, 'stringValue' in value ? value.stringValue : value.intValue]),
  )
