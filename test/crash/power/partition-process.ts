/**
 * One partition without workers, so that the way it commits can be changed: takes batches of one thing each and prints of
 * each when it was committed. `bun partition-process.ts FOLDER BATCHES`
 */
import { statSync } from 'node:fs'
import { PartitionDriver } from '../../engine/partition-driver.ts'
import { listFile } from './recorded-run.ts'

const scope = 'push/-/-/things'
const [, batches = ''] = process.argv.slice(2)
const driver = new PartitionDriver()
for (let n = 0; n < Number(batches); n++) {
  const resource = { id: `id-${n}`, type: 't', provider: 'p', configuration: { text: 'x'.repeat(3_000) } }
  driver.apply(scope, [{ kind: 'observed', scope, resource }])
  process.stdout.write(`${statSync(listFile()).size} ${n + 1}\n`)
}
process.kill(process.pid, 'SIGKILL')
