import type { ScanError } from '../../model/record.ts'
import * as calls from '../calls/dry-run.ts'
import type { Checked } from '../source.ts'
import type { Reader } from './scan/pages.ts'
import { readRow } from './scan/read-row.ts'
import type { Row } from './table/row.ts'

/** Reads one resource of each type, to see what is denied. @param readerOf gives each type its place */
export const dryRun = (
  rows: readonly Row[],
  readerOf: (row: Row) => Reader,
  say: (error: unknown) => ScanError,
  signal: AbortSignal,
): Promise<readonly Checked[]> =>
  calls.dryRun(rows, (row, sink, stop) => readRow(row, firstPageOf(readerOf(row)), sink, stop), say, signal)

const firstPageOf = (reader: Reader): Reader => ({
  ...reader,
  async *pages(listing, signal) {
    for await (const page of reader.pages(listing, signal)) {
      yield page
      return
    }
  },
})
