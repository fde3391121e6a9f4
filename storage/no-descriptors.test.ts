import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repository } from '../test/lanes.ts'

const program = `
const { openSync } = await import('node:fs')
const { openDataDir } = await import('./storage/data-dir.ts')
const { storageErrorOf } = await import('./storage/storage-error.ts')
const { Partition } = await import('./storage/partition/partition.ts')
const folder = process.env.FOLDER
const { logId } = openDataDir(folder, 2).identity
const open = (partition) => new Partition({ path: folder + '/partitions/' + partition + '.db', logId, partition,
  maxFingerprints: 64, pageCacheKiB: 512, maxDeadLetters: 9, saltHex: 'ab', isCopy: false }, 'test')
const first = open(0)
try { for (;;) openSync('/dev/null', 'r') } catch {}
const names = Array.from({ length: 2000 }, (_, n) => 'a/b/c/' + n)
first.transaction(1, () => names.map((name) => first.scope(name).id))
const written = names.filter((name) => first.knownScope(name) !== null).length
let failure = null
try { open(1) } catch (error) { failure = storageErrorOf(error, 'partition 1') }
console.log(JSON.stringify({ written, code: failure?.code, canRetry: failure?.canRetry, hint: failure?.hint }))
`

test.skipIf(process.platform !== 'linux')(
  'with no file descriptor left an open partition is written to, and one that cannot be opened is tried again, not taken for damaged',
  () => {
    const bun = path.join(repository, 'node_modules/.bin/bun')
    const folder = mkdtempSync(path.join(tmpdir(), 'vaino-descriptors-'))
    try {
      const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 100; exec "$0" -e "$1"', bun, program], {
        ...{ cwd: repository, encoding: 'utf8', env: { ...process.env, FOLDER: folder } },
      })
      expect(stdout === '' ? stderr : JSON.parse(stdout)).toEqual({
        ...{ written: 2000, code: 'storage_failed', canRetry: true },
        hint: expect.stringContaining('ulimit -n'),
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  60_000,
)
