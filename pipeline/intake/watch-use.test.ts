import { expect, test } from 'bun:test'
import { Permits } from './permits.ts'
import type { Transport } from './transport.ts'
import { watchUse } from './watch-use.ts'

const result = { seq: 0, records: 1, changes: 0, deadLetters: 0, released: 0 }
const settled = Promise.resolve(result)
const sink: Transport = {
  permits: new Permits({ events: 1, bytes: 1 }),
  send: async () => ({ settled }),
  refuse: async () => ({ settled }),
  mark: async () => ({ settled }),
}

async function isUseless(...parcels: readonly string[]): Promise<boolean> {
  const { transport, isUseless: verdict } = watchUse(sink)
  for (const text of parcels) {
    const parcel = {
      bytes: Buffer.from(text),
      records: 1,
      source: 's',
      origin: 'ingest',
      lines: null,
      producer: null,
    } as const
    await transport.send(0, parcel)
  }
  return verdict()
}

const scope = 'push/-/-/thing'
const good = JSON.stringify({ kind: 'observed', scope, resource: { id: 'a', type: 't', provider: 'push' } })
const bad = ['no json', '{}', '[1]', '{"kind":"observed"}', `{"kind":"hold.release","scope":"${scope}","apply":true}`]

test('a request is useless where none of its records can be used, in whichever parcel', async () => {
  expect(await isUseless(`${bad.join('\n')}\n`, 'no json\n')).toBe(true)
  expect(await isUseless()).toBe(true)
  expect(await isUseless(`${bad.join('\n')}\n${good}\n`)).toBe(false)
  expect(await isUseless(`${bad.join('\n')}\n`, good)).toBe(false)
})

test('of very many records, and of a very large one, nothing is said', async () => {
  expect(await isUseless('{}\n'.repeat(1001))).toBe(false)
  expect(await isUseless('x'.repeat(1024 * 1024 + 1))).toBe(false)
})

test('the first line that can’t be used is named with its reason, whichever parcel it is in', async () => {
  const { transport, firstRefusal } = watchUse(sink)
  const common = { records: 1, source: 's', origin: 'ingest', producer: null } as const
  await transport.send(1, { ...common, bytes: Buffer.from('{}\n[1]\n'), lines: Uint32Array.of(3, 4) })
  expect(firstRefusal()).toMatchObject({ firstRefusal: { line: 3, reason: 'unknown_kind' } })
  await transport.refuse(0, 'too_large', '9 bytes, the limit is 8', 's line 2', '…', null)
  expect(firstRefusal()).toEqual({ firstRefusal: { line: 2, reason: 'too_large', detail: '9 bytes, the limit is 8' } })
})
