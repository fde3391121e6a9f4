import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { writeState } from '../../test/terraform/large-state.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'

const megabytes = Number(process.env.VAINO_LARGE_STATE_MB ?? 100)
/** DESIGN's floor for a state of 1 GB; it holds for any size. The runtime alone takes some 45 MB of it. */
const maxRssBytes = 150_000_000

test('I10: a large state is read whole in memory that does not grow with it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'large.tfstate')
  const instances = writeState(path, megabytes * 1_000_000)
  await utimes(path, 0, 0)
  const bench = join(import.meta.dir, '../../bench/terraform-state.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [bench, `read=${path}`], { encoding: 'utf8' })
  expect(stderr).toBe('')
  const reading = JSON.parse(stdout)
  expect(reading).toMatchObject({ complete: true, resources: instances })
  expect(reading.maxRssBytes).toBeLessThan(maxRssBytes)
})
