import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import { CallFailure } from '../calls/call-failure.ts'
import { Pool } from '../pool.ts'
import type { Checked } from '../source.ts'
import type { Reader } from './scan/pages.ts'
import { readRow } from './scan/read-row.ts'
import type { Row } from './table/row.ts'

/** Types that are tried at once. */
const typesAtOnce = 8

/** The first resource was read: all that the type needs is allowed. */
class Enough extends Error {}

/**
 * Reads one resource of each type, to see what is denied.
 * @param readerOf gives each type its place
 * @param say makes a failure readable
 */
export async function dryRun(
  rows: readonly Row[],
  readerOf: (row: Row) => Reader,
  say: (error: unknown) => ScanError,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const problems = new Map<string, Checked>()
  const note = (row: Row, error: unknown): void => {
    const key = error instanceof CallFailure ? error.action : row.type
    if (!problems.has(key)) problems.set(key, { what: row.type, problem: say(error) })
  }
  const pool = new Pool(typesAtOnce)
  for (const row of rows) {
    await pool.add(async () => {
      try {
        await readRow(row, firstPageOf(readerOf(row)), { observe: enough, missed: (error) => note(row, error) }, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof VainoError) throw error
        if (!(error instanceof Enough)) note(row, error)
      }
    })
  }
  await pool.drained()
  return [...problems.values()]
}

const enough = (): Promise<never> => Promise.reject(new Enough())

const firstPageOf = (reader: Reader): Reader => ({
  ...reader,
  async *pages(listing, signal) {
    for await (const page of reader.pages(listing, signal)) {
      yield page
      return
    }
  },
})
