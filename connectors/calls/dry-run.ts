import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import { Pool } from '../pool.ts'
import type { Checked } from '../source.ts'
import { CallFailure } from './call-failure.ts'

/** Types that are tried at once. */
const typesAtOnce = 8

/** The first resource was read: all that the type needs is allowed. */
class Enough extends Error {}

/** What takes the resources of a dry run. */
export interface DrySink {
  observe(): Promise<void>
  missed(error: unknown): void
}

/**
 * Reads one resource of each type, to see what is denied.
 * @param read reads a type into a sink that ends it with the first resource
 * @param say makes a failure readable
 */
export async function dryRun<R extends { readonly type: string }>(
  rows: readonly R[],
  read: (row: R, sink: DrySink, signal: AbortSignal) => Promise<void>,
  say: (error: unknown) => ScanError,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const problems = new Map<string, Checked>()
  const note = (row: R, error: unknown): void => {
    const key = error instanceof CallFailure ? error.action : row.type
    if (!problems.has(key)) problems.set(key, { what: row.type, problem: say(error) })
  }
  const pool = new Pool(typesAtOnce)
  for (const row of rows) {
    await pool.add(async () => {
      try {
        await read(row, { observe: enough, missed: (error) => note(row, error) }, signal)
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
