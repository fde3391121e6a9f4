import { expect, test } from 'bun:test'
import { open as openFile } from 'node:fs/promises'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { terraform } from './connector.ts'

const rounds = 40
const resourceCount = 150

/** Versions of one length whose every part says which it is: a mixture of two is valid JSON, and can be told. */
const marksOf = (serial: number) => ({ id: `v${serial}`, filler: `${serial}`.repeat(200), end: `v${serial}` })
const version = (serial: number): string =>
  state4(
    Array.from({ length: resourceCount }, (_, n) => resource4(`r${n}`, marksOf(serial))),
    { serial },
  )

/** In place, as terraform does it, which empties the file first; and in every other turn even without that. */
async function writeInPlace(path: string, serial: number): Promise<void> {
  await using handle = await openFile(path, 'r+')
  const bytes = Buffer.from(version(serial))
  if (serial % 2 === 0) await handle.truncate(0)
  for (let at = 0; at < bytes.length; at += 3000) {
    await handle.write(bytes, at, Math.min(3000, bytes.length - at), at)
  }
}

test.each([
  ['whole', 1 << 20],
  ['streamed', 0],
])(
  'I5: a state that is written in place all the while is never taken for a mixture or for less than it is, read %s',
  async (_, streamingThresholdBytes) => {
    await using folder = await temporaryFolder()
    const path = await folder.write('s.tfstate', version(10))
    const source = openSource(terraform, path, {}, { streamingThresholdBytes })
    let isWriting = true
    const write = async () => {
      for (let turn = 0; isWriting; turn++) {
        await writeInPlace(path, 10 + (turn % 90))
        // Now and then there is time to read it.
        if (turn % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 150))
      }
    }
    const writing = write()
    const sink = recordingSink({ onObserve: () => new Promise((resolve) => setImmediate(resolve)) })
    try {
      for (let round = 0; round < rounds; round++) await scanAll(source, sink)
    } finally {
      isWriting = false
      await writing
    }
    let completeScans = 0
    for (const { resources, outcome } of sink.scans) {
      const serial = Number(String(resources[0]?.configuration?.id).slice(1))
      for (const { configuration } of resources) expect(configuration).toEqual(marksOf(serial))
      if (!outcome?.complete) continue
      completeScans++
      expect(outcome.attributes?.serial).toBe(serial)
      expect(resources).toHaveLength(resourceCount)
    }
    expect(completeScans).toBeGreaterThan(0)
  },
)
