import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { repository } from '../lanes.ts'

const kafkaVersion = '4.3.1'
const downloadTimeoutMs = 300_000

const cacheFolder = process.env.XDG_CACHE_HOME ? path.join(process.env.XDG_CACHE_HOME, 'vaino') : `${repository}/.cache`
const pom = fileURLToPath(new URL('pom.xml', import.meta.url))
/** Another list of jars is another folder. */
const contents = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 8)
const folder = path.join(cacheFolder, `kafka-${kafkaVersion}-${contents}`)

/**
 * The folder with the jars of Apache Kafka; Maven fetches them the first time (55 MB). Several processes may ask at once:
 * the folder appears complete or not at all.
 */
export function kafkaJars(): string {
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`, '-DincludeScope=runtime']
    const { status, stdout, stderr, error } = spawnSync('mvn', ['-q', '-B', '-f', pom, ...goal], {
      encoding: 'utf8',
      timeout: downloadTimeoutMs,
    })
    if (status !== 0 || !readdirSync(partial).includes(`kafka_2.13-${kafkaVersion}.jar`)) {
      throw new Error(`Maven could not fetch Apache Kafka: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`)
    }
    if (!existsSync(folder)) renameSync(partial, folder)
    return folder
  } catch (error) {
    // Another process was first.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return folder
    throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${kafkaJars()}\n`)
