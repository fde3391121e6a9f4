import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { itemsAtOnce, RowObservation, type RowSink } from '../../calls/row-observation.ts'
import { Pool } from '../../pool.ts'
import type { ServiceName } from '../sdk/services.ts'
import { permissionOf } from '../table/permissions.ts'
import type { Batch, Detail, Row } from '../table/row.ts'
import { fill, fillAsText, valueAt } from '../table/template.ts'
import { type Reader, readItems, tokensIn } from './pages.ts'
import { resourceOf } from './resource.ts'

/**
 * Reads every resource of a type in one account and region. Returns when all were observed or said to be missed. Memory: a page of the
 * listing, the ids that were seen, and what the row joins.
 * @throws CallFailure, VainoError, the signal's reason, and what the sink throws
 */
export async function readRow(row: Row, reader: Reader, sink: RowSink, signal: AbortSignal): Promise<void> {
  const joined = await readJoined(row, reader, signal)
  const observation = new RowObservation(sink, signal)
  const bear = (error: unknown): void => observation.bear(error)
  for await (const page of readItems(row, reader, signal)) {
    const items: JsonObject[] = []
    for (const listed of page) {
      try {
        items.push(...partsOf(row, join(row, listed, joined, reader)))
      } catch (error) {
        bear(error)
      }
    }
    const whole = await readBatches(row, items, reader, signal, bear)
    const pool = new Pool(row.details === undefined ? 1 : itemsAtOnce)
    for (const item of whole) {
      await pool.add(() => observation.take(() => readItem(row, item, reader, signal)))
    }
    await pool.drained()
  }
}

/** The resources' items of a listed item, as far as the row means them. */
export function partsOf({ split, skip, other, keep }: Row, listed: JsonObject): readonly JsonObject[] {
  const parts = split === undefined ? [listed] : split(listed)
  const kept = parts.filter((part) => skip?.(part) !== true && other?.(part) !== true)
  if (keep === undefined) return kept
  const names = new Set(['$parent', ...keep])
  return kept.map((part) => Object.fromEntries(Object.entries(part).filter(([name]) => names.has(name))))
}

async function readJoined(
  { joined }: Row,
  reader: Reader,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, JsonObject>> {
  const found = new Map<string, JsonObject>()
  if (joined === undefined) return found
  for await (const page of readItems(joined.of, reader, signal)) {
    for (const item of page) {
      const taken = joined.take.flatMap((name): [string, Json][] => {
        const value = item[name]
        return value === undefined ? [] : [[name, value]]
      })
      found.set(fillAsText(joined.key, item, reader), Object.fromEntries(taken))
    }
  }
  return found
}

function join({ joined }: Row, item: JsonObject, found: ReadonlyMap<string, JsonObject>, reader: Reader): JsonObject {
  if (joined === undefined) return item
  const key = fillAsText(joined.key, item, reader)
  const more = found.get(key)
  if (more !== undefined) return { ...item, ...more }
  const { service, operation } = joined.of.list
  throw new CallFailure(
    permissionOf(service, operation),
    `it does not list ${key}, which may be new`,
    'passing',
    '',
    null,
  )
}

/** Asks for many items at once. @returns those that were answered; `bear` takes the failures of the others */
export async function readBatches(
  row: Row,
  items: readonly JsonObject[],
  reader: Reader,
  signal: AbortSignal,
  bear: (error: unknown) => void,
): Promise<readonly JsonObject[]> {
  let whole = items
  for (const batch of row.batches ?? []) {
    const answered: JsonObject[] = []
    const { when = () => true } = batch
    answered.push(...whole.filter((item) => !when(item)))
    const concerned = whole.filter(when)
    for (let at = 0; at < concerned.length; at += batch.size) {
      const asked = concerned.slice(at, at + batch.size)
      try {
        answered.push(...(await readBatch(row, batch, asked, reader, signal)))
      } catch (error) {
        bear(error)
      }
    }
    whole = answered
  }
  return whole
}

async function readBatch(
  { list }: Row,
  { service = list.service, operation, ids, input = {}, answers, key, take, as }: Batch,
  items: readonly JsonObject[],
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const keys = items.map((item) => fillAsText(ids.each, item, reader))
  const more = fill(input, items[0] ?? {}, reader) as JsonObject
  const { as: sentAs } = ids
  const sent = sentAs === undefined ? keys : items.map((item) => fill(sentAs, item, reader))
  const output = await reader.call(service, operation, { ...more, [ids.member]: sent }, signal)
  const found = valueAt(output, answers)
  if (!Array.isArray(found)) throw broken(service, operation, `the answer has no ${answers}`)
  const byKey = new Map(
    found.filter(isObject).map((answer) => [fillAsText(key, answer, reader), partOf(answer, take)] as const),
  )
  return items.map((item, at) => {
    const answer = byKey.get(keys[at] ?? '')
    if (answer === undefined) throw broken(service, operation, `the answer says nothing of ${keys[at]}`)
    return merged(item, answer, as)
  })
}

/** Reads an item's details. @returns null where it is not there */
export async function readItem(
  row: Row,
  listed: JsonObject,
  reader: Reader,
  signal: AbortSignal,
): Promise<Resource | null> {
  let item = listed
  for (const detail of row.details ?? []) {
    if (detail.unless !== undefined && item[detail.unless] !== undefined) continue
    if (detail.when?.(item) === false) continue
    const region = row.region !== undefined && item[row.region] !== undefined ? String(item[row.region]) : undefined
    const answer = await readDetail(row, detail, item, reader, region, signal)
    if (answer === 'gone') return null
    if (detail.isTheThing && (answer === undefined || isEmpty(answer))) return null
    if (answer !== undefined) item = merged(item, answer, detail.as)
  }
  return row.dropped?.(item) ? null : resourceOf(row, item, reader)
}

async function readDetail(
  row: Row,
  detail: Detail,
  item: JsonObject,
  reader: Reader,
  region: string | undefined,
  signal: AbortSignal,
): Promise<Json | undefined | 'gone'> {
  const { service = row.list.service, operation, take, absent = [], mayBeAbsent, isTheThing, otherwise } = detail
  try {
    const part = (await readPart(service, detail, item, reader, region, signal)) ?? otherwise
    if (part !== undefined || mayBeAbsent || isTheThing) return part
    throw broken(service, operation, `the answer has no ${take}`)
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error
    if (absent.includes(error.code)) return undefined
    if (row.gone?.includes(error.code)) return 'gone'
    throw error
  }
}

/** Pages of one detail: what has more goes in circles. */
const maxDetailPages = 1000

async function readPart(
  service: ServiceName,
  { operation, input, take, next }: Detail,
  item: JsonObject,
  reader: Reader,
  region: string | undefined,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const asked = fill(input, item, reader) as JsonObject
  const parts: Json[] = []
  let more: JsonObject = {}
  for (let count = 0; count < maxDetailPages; count++) {
    const output = await reader.call(service, operation, { ...asked, ...more }, signal, region)
    const part = partOf(output, take)
    more = tokensIn(output, next ?? {})
    if (parts.length === 0 && Object.keys(more).length === 0) return part
    if (!Array.isArray(part)) throw broken(service, operation, `a page has no ${take}`)
    parts.push(...part)
    if (Object.keys(more).length === 0) return parts
  }
  throw broken(service, operation, `it has more than ${maxDetailPages} pages`)
}

const partOf = (output: Json, take: string | undefined): Json | undefined =>
  take === undefined ? output : valueAt(output, take)

const isEmpty = (answer: Json): boolean =>
  answer === null ||
  (Array.isArray(answer) && answer.length === 0) ||
  (isObject(answer) && Object.keys(answer).length === 0)

function merged(item: JsonObject, answer: Json | undefined, as: string | undefined): JsonObject {
  if (answer === undefined) return item
  if (as !== undefined) return { ...item, [as]: answer }
  if (isObject(answer)) return { ...item, ...answer }
  throw new Error('what is merged into an item is no object')
}

const broken = (service: Batch['service'], operation: string, message: string): CallFailure =>
  new CallFailure(service === undefined ? operation : permissionOf(service, operation), message, 'passing', '', null)
