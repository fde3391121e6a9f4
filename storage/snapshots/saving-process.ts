/**
 * What the crash tests run and kill: saves snapshots, one after the other, and says of each on stdout when it is safe.
 * `bun saving-process.ts BASE_DIR RESOURCES HOW_MANY`
 */
import { messageOf, VainoError } from '../../model/errors.ts'
import { parseScope } from '../../model/scope.ts'
import { saveSnapshot } from './snapshot-store.ts'

const [baseDir = '', count = '', times = ''] = process.argv.slice(2)
const scope = parseScope('aws/1/eu-west-1/aws_instance')

async function* resources() {
  for (let n = 0; n < Number(count); n++) {
    const resource = { id: `i-${n}`, type: 'aws_instance', provider: 'aws', configuration: { text: 'x'.repeat(1000) } }
    yield [{ scope, json: Buffer.from(JSON.stringify(resource)) }]
  }
}

try {
  for (let n = 0; n < Number(times); n++) {
    const origin = { version: 'vaino/test', takenAt: new Date(), cursor: () => null }
    const { name } = await saveSnapshot({ baseDir, workers: 1 }, { origin, resources: resources() })
    process.stdout.write(`saved ${name}\n`)
  }
} catch (error) {
  process.stdout.write(`failed ${error instanceof VainoError ? error.code : 'unknown'} ${messageOf(error)}\n`)
  process.exitCode = 2
}
