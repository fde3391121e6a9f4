import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import type { StateReader } from '../../storage/state-reader.ts'
import { runs } from '../../test/property.ts'
import type { DriftView } from './drift-view.ts'
import { type Estate, itemsOf, openEstate, storyOf } from './estate.case.ts'
import { histories, type Step, World } from './world.case.ts'

/** A reader that fails after some reads, as a process that is killed reads no more. */
function mortal(reader: StateReader, reads: number): StateReader {
  let left = reads
  return {
    ...reader,
    get(key, at) {
      if (left-- <= 0) throw new Error('killed')
      return reader.get(key, at)
    },
  }
}

const said = (view: DriftView) => ({
  items: itemsOf(view).map(({ since: _since, actor: _actor, ...item }) => item),
  coverage: view.coverage(),
})

async function follow(estate: Estate, history: readonly Step[], dataDirs: readonly string[]): Promise<void> {
  const [killedDir = '', anewDir = ''] = dataDirs
  const world = new World()
  await using undisturbed = await estate.open()
  for (const step of history) {
    await estate.send(...world.records(step))
    await undisturbed.whenCaughtUp()
    if (step.kill !== null) {
      const dying = { dataDir: killedDir, reader: mortal(estate.engine.reader, step.kill), failed: () => undefined }
      await using _killed = await estate.open(dying)
    }
    await using killed = await estate.open({ dataDir: killedDir })
    await killed.whenCaughtUp()
    expect(storyOf(killed)).toEqual(storyOf(undisturbed))
    expect(said(killed)).toEqual(said(undisturbed))
  }
  await using anew = await estate.open({ dataDir: anewDir })
  await anew.whenCaughtUp()
  expect(said(anew)).toEqual(said(undisturbed))
  expect(estate.failures).toEqual([])
}

test('I14, I11: kept up to date and killed at any moment, the view is the one computed anew, and its log that of an undisturbed run', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const dataDirs = ['killed', 'anew'].map((name) => mkdtempSync(path.join(tmpdir(), `vaino-drift-${name}-`)))
      try {
        await using estate = await openEstate(3)
        await follow(estate, history, dataDirs)
      } finally {
        for (const dataDir of dataDirs) rmSync(dataDir, { recursive: true })
      }
    }),
    runs(12),
  )
}, 240_000)
