import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, madeOnce } from '../made-once.ts'

const kafkaVersion = '4.3.1'
const downloadTimeoutMs = 300_000

const pom = fileURLToPath(new URL('pom.xml', import.meta.url))
/** Another list of jars is another folder. */
const contents = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 8)
const folder = path.join(cacheFolder, `kafka-${kafkaVersion}-${contents}`)

/**
 * The folder with the jars of Apache Kafka; Maven fetches them the first time (55 MB). Several processes may ask at once:
 * the folder appears complete or not at all.
 */
export const kafkaJars = (): string => madeOnce(folder, fetchJars)

function fetchJars(into: string): void {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${into}`, '-DincludeScope=runtime']
  const { status, stdout, stderr, error } = spawnSync('mvn', ['-q', '-B', '-f', pom, ...goal], {
    encoding: 'utf8',
    timeout: downloadTimeoutMs,
  })
  if (status !== 0 || !readdirSync(into).includes(`kafka_2.13-${kafkaVersion}.jar`)) {
    throw new Error(`Maven could not fetch Apache Kafka: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${kafkaJars()}\n`)
