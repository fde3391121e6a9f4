import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Cursor, cursorPattern } from '../../model/cursor.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { writeWhole } from '../../storage/snapshots/whole-file.ts'

/** A position that was given a name. */
export interface SavedBaseline {
  readonly name: string
  readonly cursor: Cursor
  /** The time that it is as of, RFC 3339; null where a cursor was given. */
  readonly at: string | null
  readonly created_at: string
}

const fileSchema = z.strictObject({
  format: z.literal(1),
  baselines: z.array(
    z.strictObject({
      name: z.string(),
      cursor: z
        .string()
        .regex(cursorPattern)
        .transform((text) => text as Cursor),
      at: z.string().nullable(),
      created_at: z.string(),
    }),
  ),
})

/**
 * The saved baselines of a data directory.
 * @throws VainoError `storage_failed` where the file can't be read: without it retention would drop what they pin
 */
export function readBaselineFile(path: string): readonly SavedBaseline[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).baselines
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new VainoError('storage_failed', `${path} is not a list of baselines: ${messageOf(error).slice(0, 200)}`, {
      hint: 'Restore the file from a backup, or remove it: then the baselines are gone, and retention drops what only they kept.',
      cause: error,
    })
  }
}

export async function writeBaselineFile(path: string, baselines: readonly SavedBaseline[]): Promise<void> {
  const pieces = async function* () {
    yield `${JSON.stringify({ format: 1, baselines }, null, 2)}\n`
  }
  await writeWhole(path, pieces(), 0o600)
}
