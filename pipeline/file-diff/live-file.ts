import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { type Pieces, writeWhole } from '../../storage/snapshots/whole-file.ts'

/**
 * Puts the lines of a `GET /v1/snapshot` into a file to compare with. It lies in a folder that only its owner can read,
 * and the folder is gone when this returns: the open file is all that is left of it.
 * @param name what errors call it
 */
export async function openLines(name: string, pieces: Pieces, signal: AbortSignal): Promise<SnapshotFile> {
  const folder = await mkdtemp(join(tmpdir(), 'vaino-diff-'))
  try {
    const file = join(folder, 'live.ndjson')
    await writeWhole(file, pieces, 0o600, signal)
    return await SnapshotFile.open(file, name)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether a file is a Terraform state. @throws VainoError like `SnapshotFile.open` */
export async function isState(path: string): Promise<boolean> {
  await using file = await SnapshotFile.open(path)
  return file.kind === 'terraform'
}
