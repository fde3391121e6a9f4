import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { itemsAtOnce, RowObservation, type RowSink } from '../../calls/row-observation.ts'
import { Pool } from '../../pool.ts'
import { broken } from '../calls/get-json.ts'
import { isNotFound } from '../calls/refusal.ts'
import { filled } from '../table/path.ts'
import type { Detail, Row } from '../table/row.ts'
import { meantIn, type Page, type Reader } from './pages.ts'
import { type Place, resourceOf } from './resource.ts'

/**
 * Reads every resource of a type in one project. Returns when all were observed or said to be missed. Memory: a page of the listing,
 * and the ids that were seen.
 * @throws CallFailure, VainoError, the signal's reason, and what the sink throws
 */
export async function readRow(row: Row, reader: Reader & Place, sink: RowSink, signal: AbortSignal): Promise<void> {
  const observation = new RowObservation(sink, signal)
  const bear = (error: unknown): void => observation.bear(error)
  for await (const page of reader.pages(row.list, signal)) {
    reportMissing(row, page, sink, bear)
    const pool = new Pool(row.details === undefined ? 1 : itemsAtOnce)
    for (const listed of meantIn(page, row)) {
      for (const part of row.split?.(listed) ?? [listed]) {
        await pool.add(() => observation.take(() => readItem(row, part, reader, signal)))
      }
    }
    await pool.drained()
  }
}

function reportMissing({ list }: Row, { missing, failure }: Page, sink: RowSink, bear: (error: unknown) => void): void {
  for (const place of missing) {
    sink.missed(new CallFailure(list.permission, `${place} could not be reached`, 'passing', 'UNREACHABLE', null))
  }
  if (failure !== undefined) bear(failure)
}

/** Reads an item's details. @returns null where it is not there any more */
export async function readItem(
  row: Row,
  listed: JsonObject,
  reader: Reader & Place,
  signal: AbortSignal,
): Promise<Resource | null> {
  let item = listed
  for (const detail of row.details ?? []) {
    const answer = await readDetail(row, detail, item, reader, signal)
    if (answer === null) return null
    item = detail.as === undefined ? { ...item, ...answer } : { ...item, [detail.as]: answer }
  }
  try {
    return resourceOf(row, item, reader)
  } catch (error) {
    throw broken(row.list.permission, error instanceof Error ? error.message : String(error))
  }
}

async function readDetail(
  { list: { api } }: Row,
  { path, query = {}, permission, post }: Detail,
  item: JsonObject,
  reader: Reader,
  signal: AbortSignal,
): Promise<JsonObject | null> {
  try {
    const body = post === undefined ? {} : { body: post }
    return await reader.call({ api, path: filled(path, item, reader), query, permission, ...body }, signal)
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}
