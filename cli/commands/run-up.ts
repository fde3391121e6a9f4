import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { hasTokens } from '../../api/access.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { createRedactor } from '../../model/redaction.ts'
import { openAuditLog } from '../../pipeline/audit/audit-log.ts'
import { loadedEntry } from '../../pipeline/audit/loaded-entry.ts'
import type { LoadedConfig } from '../../pipeline/config/load.ts'
import type { Config } from '../../pipeline/config/schema.ts'
import { parseDuration } from '../../pipeline/config/units.ts'
import { CurrentRules } from '../../pipeline/rules/current-rules.ts'
import type { LogFormat } from '../../pipeline/telemetry/log.ts'
import { createTelemetry, type Telemetry } from '../../pipeline/telemetry/telemetry.ts'
import { readTraceSettings } from '../../pipeline/telemetry/traces/settings.ts'
import { openTraces, type Traces } from '../../pipeline/telemetry/traces/traces.ts'
import { sinksOf } from '../alert-sinks.ts'
import { exampleFor, watching, whereToLook } from '../example/example.ts'
import { createReplay, type Replay, type ReplayOptions } from '../example/replay.ts'
import { type RunningNode, startNode } from '../node.ts'
import { followRules, readRulesOf } from '../rules.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { serviceInterruption } from '../terminal/interrupt.ts'
import { createScreen, type Screen } from '../terminal/screen.ts'
import { readConfig } from './config.ts'
import { version } from './version.ts'

export interface UpFlags extends SharedFlags {
  readonly example?: boolean
  readonly exampleEvery: string
  /** How many times `-v` was given. */
  readonly verbose?: number
}

/** Milliseconds for streams to end and commits to finish; a stop that takes longer is a hang. */
const stopLimitMs = 20_000

/** Runs vaino until a signal ends it, or a failure. */
export async function runUp(flags: UpFlags): Promise<void> {
  const asked = serviceInterruption()
  const ending = new AbortController()
  const signal = AbortSignal.any([asked, ending.signal])
  const everyMs = exampleInterval(flags.exampleEvery)
  const loaded = await readConfig(flags)
  const example = flags.example === true ? await exampleFor(loaded) : null
  const config = example === null ? loaded.config : watching(loaded.config, example)
  const sinks = sinksOf(config)
  using screen = createScreen(flags.color)
  const format = loaded.config.log_format ?? (screen.isLive || example !== null ? 'text' : 'json')
  const redact = createRedactor(randomBytes(32)).redactText
  const traced = readTraceSettings(process.env, version)
  await using traces = openTraces(traced, redact, (event, fields) => telemetry.emit(event, fields))
  using telemetry = telemetryFor(loaded, screen, { format, verbose: flags.verbose ?? 0, redact, traces })
  for (const warning of [...loaded.warnings, ...traced.warnings]) telemetry.emit('config_warning', { warning })
  if (flags.example === true && example === null) telemetry.emit('config_warning', { warning: exampleLeftOut(loaded) })

  const onStep = announceStep(screen, example?.estate.steps.length ?? 0)
  const onFull = ({ message }: Error) => screen.tell(`vaino: the example waits for space: ${message}\n`)
  const replay = example && createReplay({ ...example, everyMs, signal, onStep, onFull })
  const prepare = () => replay && beginning(replay)
  let stoppingAt = 0
  {
    const read = await readRulesOf({ config, file: loaded.file })
    const rules = new CurrentRules()
    rules.set(read.rules, read.places)
    const auditLog = openAuditLog(config.audit_log ?? path.join(config.data_dir, 'audit.ndjson'))
    await using node = await startNode(config, telemetry, { version, prepare, loaded, rules, sinks, auditLog })
    auditLog.write(loadedEntry(loaded))
    const { workers, reader } = node.engine
    telemetry.emit('started', { version, data_dir: config.data_dir, partitions: reader.partitions, workers })
    if (isGiven(loaded, 'partitions') && config.partitions !== reader.partitions) {
      const warning = `partitions is ${config.partitions}, but ${config.data_dir} was made with ${reader.partitions}, which hold`
      telemetry.emit('config_warning', { warning })
    }
    if (config.public_url !== undefined && !hasTokens({ ...config.tokens, oidc: config.oidc })) {
      telemetry.emit('config_warning', { warning: openToTheProxy })
    }
    using _rules = followRules(loaded, read, { flags, engine: node.engine, rules, telemetry, auditLog })
    telemetry.emit('serving', { url: node.server.url })
    screen.tell(`vaino: listening on ${node.server.url}\n`)
    if (collectsNothing(config) && format === 'text') screen.tell(howToBegin(node.server.url))
    if (collectsNothing(config) && format === 'json') telemetry.emit('config_warning', { warning: nothingCollected })
    const tasks = [screen.follow(node, telemetry, signal)]
    if (replay) tasks.push(announceAddresses(screen, node, signal), replay.run())
    try {
      const damage = await Promise.race([aborted(asked), node.engine.damaged, failureOf(tasks)])
      if (damage !== null) throw damage
      await Promise.all(tasks)
    } finally {
      ending.abort()
      stoppingAt = performance.now()
      telemetry.emit('stopping', { reason: asked.aborted ? String(asked.reason) : 'it failed' })
      if (screen.isLive) screen.tell('vaino: stopping …\n')
      endAfter(stopLimitMs, screen)
    }
  }
  telemetry.emit('stopped', { duration_ms: performance.now() - stoppingAt })
}

/** A node of a Kafka group may well leave the collecting to other nodes. */
const collectsNothing = ({ sources, roles, transport }: Config): boolean =>
  sources.length === 0 && roles.includes('collector') && transport === 'embedded'

const openToTheProxy =
  'public_url is set and there are no tokens: whoever the proxy lets through may do everything, sending records included'

const nothingCollected =
  'nothing is collected, because no source is named; what is sent is served (`vaino init` writes a vaino.yaml)'

const howToBegin = (url: string): string =>
  [
    'vaino: nothing is collected, because no source is named. What is sent is served.',
    '  write a vaino.yaml              vaino init',
    '  watch Terraform states          vaino up --source terraform:./infra',
    `  send records                    curl '${url}/v1/ingest' --data-binary @records.ndjson`,
    '  see an example                  vaino up --example',
    '',
  ].join('\n')

const exampleLeftOut = ({ file }: LoadedConfig): string =>
  `The example is not run, because ${file === null ? 'a source is named' : `${file} is there`}: vaino watches what that names`

function endAfter(ms: number, screen: Screen): void {
  setTimeout(() => {
    screen.tell('vaino: it does not stop by itself, and is ended\n')
    process.exit(2)
  }, ms).unref()
}

function exampleInterval(text: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms > 0) return ms
  throw new VainoError('bad_config', `--example-every: "${text}" is no duration`, { hint: 'Expected one such as 6s.' })
}

const isGiven = ({ settings }: LoadedConfig, key: string): boolean =>
  settings.some(({ path, from }) => path.join('.') === key && from !== 'default')

/** On a terminal, above the status: what needs a person, or what the configuration or `-v` asks for. */
interface TelemetryChoice {
  readonly format: LogFormat
  readonly verbose: number
  readonly redact: (text: string) => string
  readonly traces: Traces | null
}

function telemetryFor(loaded: LoadedConfig, screen: Screen, choice: TelemetryChoice): Telemetry {
  const { format, verbose, redact, traces } = choice
  const configured = screen.isLive && !isGiven(loaded, 'log_level') ? 'warn' : loaded.config.log_level
  return createTelemetry({
    version,
    level: verbose > 1 ? 'trace' : verbose > 0 ? 'debug' : configured,
    format,
    ...(screen.log === null ? {} : { destination: screen.log }),
    redact,
    ...(traces === null ? {} : { observe: (event, fields) => traces.observe(event, fields) }),
  })
}

function beginning(replay: Replay): void {
  try {
    replay.begin()
  } catch (error) {
    throw new VainoError('storage_failed', `The example cannot be copied: ${messageOf(error)}`, {
      hint: 'Name another data directory with --data-dir, or a source of your own with --source.',
      cause: error,
    })
  }
}

async function announceAddresses(screen: Screen, node: RunningNode, signal: AbortSignal): Promise<void> {
  const text = await whereToLook(node, signal)
  if (!signal.aborted) screen.tell(text)
}

const announceStep =
  (screen: Screen, steps: number): ReplayOptions['onStep'] =>
  ({ title, what_changes }, { step, round }) => {
    const what = step === 0 && round > 0 ? 'and so it begins again.' : `${title}. ${what_changes}`
    screen.tell(`${screen.paint.bold(`vaino: example, step ${step + 1} of ${steps}: ${what}`)}\n`)
  }

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
