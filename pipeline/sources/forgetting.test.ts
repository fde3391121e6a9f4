import { expect, test } from 'bun:test'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { loadConfig } from '../config/load.ts'
import { openEngine } from '../embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../engine-options.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { goneScopes } from './forgetting.ts'
import { openSources } from './open-sources.ts'
import { scanOnce } from './runner.ts'

const hourMs = 3_600_000

test('forget_after forgets the scope of a state file that was gone for that long, with a restart between, and no sooner', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('infra/web.tfstate', state4([resource4('web', { id: 'i-1' })]))
  await folder.write('infra/z.tfstate', state4([resource4('db', { id: 'i-2' })]))
  const file = await folder.write(
    'vaino.yaml',
    `sources: [{kind: terraform, where: ${join(folder.path, 'infra')}, forget_after: 1h}]\n`,
  )
  const { config } = loadConfig({ file, folder: folder.path, environment: {} })
  using telemetry = createTelemetry({ version: '0', format: 'none', redact: (text) => text })

  /** Scans everything once in a process of its own, by a clock that is ahead and may jump after its start. */
  async function scanned(aheadMs: number, jumpMs = 0) {
    await using engine = await openEngine({ ...defaultEngineOptions, dataDir: join(folder.path, 'data') }, telemetry)
    let readings = 0
    const gone = goneScopes(engine, {
      wall: () => Date.now() + aheadMs + (readings++ === 0 ? 0 : jumpMs),
      monotonic: () => performance.now(),
    })
    const options = {
      ...{ concurrency: 2, redactText: (text: string) => text, onObserved: () => {}, onFailure: () => {}, gone },
      sink: (source: string, signal: AbortSignal) => engine.sink(source, signal),
    }
    await scanOnce(await openSources(config, engine), options, new AbortController().signal)
    return engine.scopes().map(({ scope, status }) => `${status} ${scope.split('%2F').at(-1)}`)
  }

  const all = ['fresh web.tfstate/-/state', 'fresh z.tfstate/-/state']
  expect(await scanned(0)).toEqual(all)
  await unlink(path)
  const gone = ['gone web.tfstate/-/state', 'fresh z.tfstate/-/state']
  expect(await scanned(0)).toEqual(gone)
  expect(await scanned(hourMs / 2)).toEqual(gone)
  expect(await scanned(0, 2 * hourMs)).toEqual(gone)
  expect(await scanned(2 * hourMs)).toEqual(['fresh z.tfstate/-/state'])
  expect(await scanned(2 * hourMs)).toEqual(['fresh z.tfstate/-/state'])
}, 60_000)
