import { z } from 'zod'
import { sinkKinds } from './kinds.ts'

const shortKinds = Object.entries(sinkKinds).flatMap(([kind, { short }]) =>
  short === null ? [] : [[kind, short] as const],
)

const expected = `expected KIND:WHERE (${shortKinds.map(([kind]) => kind).join(', ')}), such as slack:env:SLACK_URL, or {kind, …}`

/** A sink in one text; what stands behind its kind is a secret. */
const shortSink = z
  .string()
  .regex(new RegExp(`^(?:${shortKinds.map(([kind]) => kind).join('|')}):.+$`), expected)
  .transform((whole): SinkConfig => {
    const kind = whole.slice(0, whole.indexOf(':'))
    const [, key = ''] = shortKinds.find(([name]) => name === kind) ?? []
    return { kind, options: { [key]: whole.slice(kind.length + 1) } }
  })

/** The long form of each kind. */
const longSinks = Object.entries(sinkKinds).map(([kind, { options }]) =>
  z.strictObject({ kind: z.literal(kind).meta({ description: 'What it is.' }), ...options.shape }),
)

/** An entry of `alerts.sinks`; references to secrets stand in it as they were written. */
export interface SinkConfig {
  readonly kind: string
  readonly options: { readonly [name: string]: unknown }
}

const [first, ...others] = longSinks
if (first === undefined) throw new TypeError('there are no kinds of sinks')

export const sinkSchema = z.union(
  [
    shortSink,
    z
      .discriminatedUnion('kind', [first, ...others], {
        error: `expected kind to be one of ${Object.keys(sinkKinds).join(', ')}`,
      })
      .transform(({ kind, ...options }): SinkConfig => ({ kind: String(kind), options })),
  ],
  { error: expected },
)

/** The keys of a kind that hold secrets. */
export function secretKeysOf(kind: string): ReadonlySet<string> {
  const options = sinkKinds[kind]?.options
  if (options === undefined) return new Set()
  const { properties = {} } = z.toJSONSchema(options, { io: 'input' })
  const isSecret = (schema: unknown) => typeof schema === 'object' && schema !== null && 'x-secret' in schema
  return new Set(Object.entries(properties).flatMap(([name, schema]) => (isSecret(schema) ? [name] : [])))
}
