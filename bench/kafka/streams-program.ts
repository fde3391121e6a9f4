import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { type RunningProgram, runProgram } from './run-program.ts'

const sources = fileURLToPath(new URL('../kafka-streams/', import.meta.url))
const pom = path.join(sources, 'pom.xml')
const code = path.join(sources, 'StreamsPeer.java')
const cacheFolder = process.env.XDG_CACHE_HOME
  ? path.join(process.env.XDG_CACHE_HOME, 'vaino')
  : fileURLToPath(new URL('../../.cache', import.meta.url))
const buildTimeoutMs = 300_000

/** As was tried: the other collectors and a heap of a gigabyte take half as much memory again and no less processor time. */
const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: buildTimeoutMs })
  if (status === 0) return
  const said = error?.message ?? `${stdout}${stderr}`.slice(-2000)
  throw new Error(`the Kafka Streams program could not be built with ${command}: ${said}`)
}

/** The folder with the program and the jars that it needs, built the first time; Maven fetches 95 MB then. */
function built(): string {
  const hash = createHash('sha256').update(readFileSync(pom)).update(readFileSync(code))
  const folder = path.join(cacheFolder, `kafka-streams-peer-${hash.digest('hex').slice(0, 8)}`)
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`, '-DincludeScope=runtime']
    run('mvn', ['-q', '-B', '-f', pom, ...goal])
    run('javac', ['-d', partial, '-cp', `${partial}/*`, code])
    // Unless another process was first.
    if (!existsSync(folder)) renameSync(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}

export interface StreamsJob {
  readonly name: string
  readonly input: string
  readonly changes: string
  readonly stateFolder: string
}

/** Kafka Streams under way. */
export function runStreams(settings: KafkaSettings, { name, input, changes, stateFolder }: StreamsJob): RunningProgram {
  const folder = built()
  // Where its native libraries unpack themselves.
  const temporary = path.join(stateFolder, 'tmp')
  mkdirSync(temporary, { recursive: true })
  const config = [
    `bootstrap.servers=${settings.brokers.join(',')}`,
    `application.id=${name}`,
    `state.dir=${path.join(stateFolder, 'state')}`,
  ]
  const args = [
    ...jvm,
    `-Djava.io.tmpdir=${temporary}`,
    '-cp',
    `${folder}:${folder}/*`,
    'StreamsPeer',
    input,
    changes,
    ...config,
  ]
  return runProgram('java', args)
}
