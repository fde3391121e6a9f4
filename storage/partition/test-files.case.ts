import { afterAll } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Partition, type PartitionSettings } from './partition.ts'

/**
 * Partitions' files for the tests of one test file: each in a folder of its own, all of them removed when the tests have run.
 * @param isCopy as in `PartitionFileSettings`
 */
export function partitionFiles(isCopy = false) {
  const all = mkdtempSync(join(tmpdir(), 'vaino-'))
  afterAll(() => rmSync(all, { recursive: true }))
  let files = 0
  const pathOf = (name = `${files++}`): string => {
    mkdirSync(join(all, name), { recursive: true })
    return join(all, name, '0.sqlite')
  }
  const settingsAt = (path: string): PartitionSettings => ({
    ...{ path, logId: '0123456789abcdef', saltHex: 'ab', partition: 0, pageCacheKiB: 1024, isCopy },
    ...{ maxFingerprints: 10, maxDeadLetters: 1 },
  })
  return {
    /** The same name is the same file; without one it is a new file. */
    pathOf,
    settingsAt,
    open: (path = pathOf()) => new Partition(settingsAt(path), 'owner'),
  }
}
