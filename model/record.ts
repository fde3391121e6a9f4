import { z } from 'zod'
import { maxActorLength, maxEventText } from './attribution.ts'
import { resourceSchema, storedText } from './resource-schema.ts'
import { isScope } from './scope.ts'

/**
 * RFC 3339, all of it: `t` and `z` may be lower case, and a minute may have a leap second. Its year has four digits in UTC too.
 * @see timeOf
 */
export const timestamp = z
  .string()
  .refine((text) => isAsWritten(text) || (isTime(text) && isInYears(text)), {
    error: ({ input }) =>
      isTime(String(input)) ? 'not between the years 0000 and 9999 in UTC' : 'Invalid RFC 3339 time',
  })
  .meta({ format: 'date-time' })

/** The spelling that our own collectors use. The grammar takes three times as long, and each scan has at least three times in it. */
const asWritten = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/
/** A day that its month lacks, and the hour 24, are read as another day or not at all. */
export const isAsWritten = (text: string): boolean =>
  asWritten.test(text) && new Date(text).getUTCDate() === Number(text.slice(8, 10))

const isoTime = z.iso.datetime({ offset: true })
const leapSecond = /:60(?=[.zZ+-])/

/** As `Date` reads it: in capitals, a leap second as the second before it. */
const spelled = (text: string): string => text.toUpperCase().replace(leapSecond, ':59')

const isTime = (text: string): boolean => isoTime.safeParse(spelled(text)).success && isLeapOnlyAtMidnight(text)

/** A leap second is the last one of a day in UTC. */
const isLeapOnlyAtMidnight = (text: string): boolean =>
  !leapSecond.test(text) || new Date(spelled(text)).toISOString().slice(11, 19) === '23:59:59'

/** Milliseconds since 1970 of a {@link timestamp}. A leap second is the first second of the next day, as POSIX counts. */
export const timeOf = (text: string): number =>
  leapSecond.test(text) ? Date.parse(spelled(text)) + 1000 : Date.parse(text.toUpperCase())

function isInYears(text: string): boolean {
  const year = new Date(timeOf(text)).getUTCFullYear()
  return year >= 0 && year <= 9999
}

const scope = z.string().refine(isScope, 'not provider/account/location/collection')

/** One error of a scan, or a warning: what failed and why, without secrets. */
export const scanErrorSchema = z.union([z.string(), z.looseObject({ message: z.string() })])

/** The `code` of a scan's error that says: the system was looked at, and what the scope stands for is gone. */
export const goneCode = 'gone'

/** Whether a scan's errors say nothing but that what the scope stands for is gone. */
export const saysGone = (errors: readonly ScanError[]): boolean =>
  errors.length > 0 && errors.every((error) => typeof error !== 'string' && error.code === goneCode)

const scanBeginSchema = z.looseObject({
  kind: z.literal('scan.begin'),
  scope,
  scan: storedText(128).min(1),
  observed_at: timestamp.optional(),
})
export const observedSchema = z.looseObject({
  kind: z.literal('observed'),
  scope,
  scan: storedText(128).nullable().optional(),
  resource: resourceSchema,
  observed_at: timestamp.optional(),
  occurred_at: timestamp.nullable().optional(),
  actor: z.unknown().optional(),
})
const goneSchema = z.looseObject({
  kind: z.literal('gone'),
  scope,
  id: storedText(4096).min(1),
  observed_at: timestamp.optional(),
  occurred_at: timestamp.nullable().optional(),
  actor: z.unknown().optional(),
})
const scanEndSchema = z.looseObject({
  kind: z.literal('scan.end'),
  scope,
  scan: storedText(128).min(1),
  complete: z.boolean(),
  count: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .meta({ description: 'Distinct ids observed; required where complete.' }),
  unchanged: z.boolean().optional().meta({
    description:
      'Nothing was observed, because all is as the last complete scan saw it (an ETag says so): nothing is deleted, and the scope is confirmed.',
  }),
  errors: z.array(scanErrorSchema).optional(),
  warnings: z.array(scanErrorSchema).optional(),
  attributes: z.record(z.string(), z.unknown()).optional().meta({
    description:
      'What the source says of itself (a Terraform lineage and serial); stands on the scope. `every_ms` says how often it is scanned, milliseconds from the end of one scan to the end of the next: after three of these without a complete one the scope is stale.',
  }),
  observed_at: timestamp.optional(),
})

const eventText = storedText(maxEventText).nullable().optional()
const attributedSchema = z.looseObject({
  kind: z.literal('attributed'),
  scope,
  id: storedText(4096).min(1),
  occurred_at: timestamp,
  actor: z
    .union([storedText(maxActorLength).min(1), z.looseObject({})])
    .refine((actor) => JSON.stringify(actor).length <= maxActorLength, `more than ${maxActorLength} characters of JSON`)
    .meta({ description: `Who or what made the change; at most ${maxActorLength} characters of JSON.` }),
  event: z
    .looseObject({
      id: storedText(maxEventText).min(1).meta({ description: 'The same whenever the event is sent.' }),
      name: eventText,
      source: eventText,
    })
    .meta({ description: 'The entry of the system’s log that says so. Other members are not kept.' }),
})

/**
 * An operator's word on held deletes. Where many nodes share the input this is how a partition's owner hears of it; it is no
 * part of the public contract, and refused in what is pushed.
 */
export const holdReleaseSchema = z.looseObject({ kind: z.literal('hold.release'), scope, apply: z.boolean() })
export type HoldRelease = z.infer<typeof holdReleaseSchema>

/** The same, on a scope that nobody watches any more: its live resources are deleted, and it is listed nowhere. */
export const scopeForgetSchema = z.looseObject({ kind: z.literal('scope.forget'), scope })
export type OperatorRecord = HoldRelease | z.infer<typeof scopeForgetSchema>

/** The public input contract: what `POST /v1/ingest` and the topic `vaino.resources` take. */
export const inputRecordSchema = z.discriminatedUnion('kind', [
  scanBeginSchema,
  observedSchema,
  goneSchema,
  attributedSchema,
  scanEndSchema,
])

export type ScanBegin = z.infer<typeof scanBeginSchema>
export type Observed = z.infer<typeof observedSchema>
export type Gone = z.infer<typeof goneSchema>
export type ScanEnd = z.infer<typeof scanEndSchema>
export type InputRecord = z.infer<typeof inputRecordSchema>
export type ScanError = z.infer<typeof scanErrorSchema>
