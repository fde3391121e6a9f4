import { randomBytes } from 'node:crypto'
import { VainoError } from '../model/errors.ts'
import { createRedactor } from '../model/redaction.ts'
import type { LoadedConfig } from '../pipeline/config/load.ts'
import { parseDuration } from '../pipeline/config/units.ts'
import { createTelemetry, type Telemetry } from '../pipeline/telemetry/telemetry.ts'
import { asStorageError } from '../storage/data-dir.ts'
import { readConfig } from './config.ts'
import { exampleFor, watching, whereToLook } from './example.ts'
import { serviceInterruption } from './interrupt.ts'
import { startNode } from './node.ts'
import { beginReplay, goOnReplaying, type ReplayOptions, type Standing } from './replay.ts'
import { createScreen, type Screen } from './screen.ts'
import type { UpFlags } from './up.ts'
import { version } from './version.ts'

/** Streams are told to resume elsewhere and commits are waited for; who stops longer than this hangs. */
const stopLimitMs = 20_000

/** Runs vaino until a signal ends it, or a failure. */
export async function runUp(flags: UpFlags): Promise<void> {
  const signal = serviceInterruption()
  const everyMs = exampleInterval(flags.exampleEvery)
  const loaded = await readConfig(flags)
  const example = exampleFor(loaded)
  const config = example === null ? loaded.config : watching(loaded.config, example)
  using screen = createScreen(flags.color)
  using telemetry = telemetryFor(loaded, screen)
  for (const warning of loaded.warnings) telemetry.emit('config_warning', { warning })

  const replay = example && { ...example, everyMs, signal, onStep: tellStep(screen, example.estate.steps.length) }
  const standing = replay && begin(replay)
  let stoppingAt = 0
  {
    await using node = await startNode(config, telemetry, version)
    const { workers, reader } = node.engine
    telemetry.emit('started', { version, data_dir: config.data_dir, partitions: reader.partitions, workers })
    telemetry.emit('listening', { url: node.server.url })
    screen.tell(`vaino: listening on ${node.server.url}\n`)
    const tasks = [screen.follow(node, telemetry, signal)]
    if (replay && standing) {
      tasks.push(
        whereToLook(node, signal)
          .then((text) => signal.aborted || screen.tell(text))
          .then(() => undefined),
      )
      tasks.push(goOnReplaying(replay, standing))
    }
    const damage = await Promise.race([aborted(signal), node.engine.damaged, failureOf(tasks)])
    stoppingAt = performance.now()
    telemetry.emit('stopping', { reason: damage === null ? String(signal.reason) : damage.message })
    setTimeout(() => {
      screen.tell('vaino: it does not stop by itself; ended\n')
      process.exit(2)
    }, stopLimitMs).unref()
    if (damage !== null) throw damage
    await Promise.all(tasks)
    if (screen.isLive) screen.tell('vaino: stopping …\n')
  }
  telemetry.emit('stopped', { duration_ms: performance.now() - stoppingAt })
}

function exampleInterval(text: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms > 0) return ms
  throw new VainoError('bad_config', `--example-every: "${text}" is no duration`, { hint: 'Expected one such as 6s.' })
}

/** JSON lines for machines; on a terminal, above the status, what needs a person, or what the configuration asks for. */
function telemetryFor({ config, settings }: LoadedConfig, screen: Screen): Telemetry {
  const isAsked = settings.some(({ path, from }) => path[0] === 'log_level' && from !== 'default')
  return createTelemetry({
    version,
    level: screen.isLive && !isAsked ? 'warn' : config.log_level,
    format: screen.isLive ? 'text' : 'json',
    ...(screen.log === null ? {} : { destination: screen.log }),
    redact: createRedactor(randomBytes(32)).redactText,
  })
}

function begin(replay: ReplayOptions): Standing {
  try {
    return beginReplay(replay)
  } catch (error) {
    throw asStorageError(error, `the example's copy ${replay.copy}`)
  }
}

const tellStep =
  (screen: Screen, steps: number): ReplayOptions['onStep'] =>
  ({ title, what_changes }, { step }) =>
    screen.tell(`vaino: example, step ${step + 1} of ${steps}: ${title}. ${what_changes}\n`)

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })

/** Rejects with the first failure of what goes on in the background; never resolves. */
const failureOf = (tasks: readonly Promise<void>[]): Promise<never> =>
  new Promise((_, reject) => {
    for (const task of tasks) task.catch(reject)
  })
