import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { repository } from '../lanes.ts'
import { ServerProcess } from '../server-process.ts'
import { answersOf, type OldDataDir } from './old-data-dir.ts'

// Keeps a data directory of the present form for the tests of later ones: `npx bun test/upgrade/make-data-dir.ts 8-what-is-new`.

const at = 'aws/111122223333/eu-west-1'
const observed = (type: string, id: string, configuration: object, more: object = {}, metadata = {}) => ({
  kind: 'observed',
  scope: `${at}/${type}`,
  resource: { id, type, provider: 'aws', account: '111122223333', region: 'eu-west-1', configuration, metadata },
  observed_at: '2026-11-20T10:00:00Z',
  ...more,
})
const scan = (type: string, name: string, ids: readonly string[], observed_at: string) => [
  { kind: 'scan.begin', scope: `${at}/${type}`, scan: name, observed_at },
  ...ids.map((id) => observed(type, id, { size: 1 }, { scan: name, observed_at })),
  { kind: 'scan.end', scope: `${at}/${type}`, scan: name, complete: true, count: ids.length, errors: [], observed_at },
]
const subnets = Array.from({ length: 8 }, (_, n) => `sn-${n}`)

const [name] = process.argv.slice(2)
if (name === undefined) throw new Error('Expected the name of the form, such as 8-what-is-new')
await using server = new ServerProcess({ partitions: 1, workers: 1 })
await server.start()
const send = async (records: readonly object[], headers = {}) => {
  const body = records.map((record) => JSON.stringify(record)).join('\n')
  const { status } = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body, headers })
  if (status !== 200 && status !== 400) throw new Error(`refused with ${status}`)
}
await send(scan('aws_instance', 's1', ['i-a', 'i-b', 'i-c'], '2026-11-20T10:00:00Z'))
await send(scan('aws_subnet', 'h1', subnets, '2026-11-20T10:00:00Z'))
await send([observed('aws_instance', 'i-a', { size: 2 })])
await send([{ kind: 'gone', scope: `${at}/aws_instance`, id: 'i-b', observed_at: '2026-11-20T11:30:00Z' }])
await send([observed('aws_instance', 'i-b', { size: 9 })])
await send([observed('aws_instance', 'i-c', { size: 1 }, {}, { seen: 2 })])
// Its deletes are held.
await send(scan('aws_subnet', 'h2', subnets.slice(0, 1), '2026-11-20T12:00:00Z'))
const producer = { 'producer-id': 'sender', 'producer-epoch': '3', 'producer-seq': '0' }
await send([observed('aws_vpc', 'v-1', { cidr: '10.0.0.0/8' })], producer)
await send([{ kind: 'nonsense' }])
const open = { kind: 'scan.begin', scope: `${at}/aws_vpc`, scan: 'n1', observed_at: '2026-11-20T12:30:00Z' }
await send([open, observed('aws_vpc', 'v-1', { cidr: '10.0.0.0/8' }, { scan: 'n1' })])
const answers = await answersOf(server.url)
await server.stop()

const kept = ['identity.json', 'partitions/0.sqlite', 'partitions/0.reached']
const files = Object.fromEntries(kept.map((file) => [file, readFileSync(path.join(server.dataDir, file), 'base64')]))
const dir: OldDataDir = { madeBy: name, files, answers }
const folder = path.join(repository, 'test/upgrade/data-dirs')
mkdirSync(folder, { recursive: true })
const file = path.join(folder, `${name}.json.zst`)
rmSync(file, { force: true })
writeFileSync(file, zstdCompressSync(JSON.stringify(dir), { params: { [constants.ZSTD_c_compressionLevel]: 19 } }))
