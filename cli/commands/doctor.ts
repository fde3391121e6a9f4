import { Command } from 'commander'
import type { LoadedConfig } from '../../pipeline/config/load.ts'
import type { Finding, FindingStatus } from '../../pipeline/doctor/finding.ts'
import { runtime } from '../../runtime/runtime.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { type Page, type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { pad, printable } from '../terminal/terminal.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { version } from './version.ts'

/** A check that takes longer has failed: brokers that are away are given up after a few seconds each. */
const checkWithinMs = 30_000
const exitCodes: Readonly<Record<FindingStatus, number>> = { ok: 0, warning: 1, failed: 2 }

const view: View<Finding> = {
  columns: [
    { title: 'STATUS', of: ({ status }) => status },
    { title: 'CHECK', of: ({ check }) => check },
    { title: 'FOUND', of: ({ message }) => message },
    { title: 'WHAT TO DO', of: ({ hint }) => hint ?? '' },
  ],
  empty: 'nothing was checked',
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .summary('Check what vaino needs, and say what to do')
    .description(
      'Check what vaino needs, and tell what to do where something is missing: the configuration, the data directory, the sources, the address to serve on, and with Kafka the brokers, the topics, the permissions, the clocks and the lag. Changes nothing; a vaino may run meanwhile. Nothing is given up because something else has failed.',
    )
    .addHelpText('after', '\nExit codes: 0 all is well, 1 there are warnings, 2 something has failed.')
    .action(async (flags: SharedFlags) => {
      const page = pageOf(flags)
      let worst = 0
      async function* counting(): AsyncGenerator<Finding> {
        for await (const finding of examine(flags)) {
          worst = Math.max(worst, exitCodes[finding.status])
          yield finding
        }
      }
      if (page.format === 'table') await writeLines(counting(), page)
      else await writeList(counting(), view, page)
      process.exitCode = worst
    })
  addExamples(command, [
    ['doctor', 'vaino.yaml here, or what holds without one'],
    ['doctor --config prod.yaml', 'before a node is started, or while it runs'],
    ['doctor --transport kafka --brokers kafka-1:9092', 'with the key in VAINO_KAFKA__REDACTION_KEY'],
    ['doctor -o json', 'for programs'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'serving', 'asking', 'showing'])
}

async function* examine(flags: SharedFlags): AsyncGenerator<Finding> {
  const { findings, ok, thrown, warning } = await import('../../pipeline/doctor/finding.ts')
  yield ok('runtime', `vaino ${version} runs on ${runtime.name} ${runtime.version}`)
  let loaded: LoadedConfig
  try {
    loaded = await readConfig(flags)
  } catch (error) {
    // All else is about what it would say.
    yield thrown('configuration', error)
    return
  }
  const { config, file, settings, warnings } = loaded
  const given = settings.filter(({ from }) => from !== 'default').length
  const read = file === null ? 'there is no vaino.yaml here' : `${file} was read`
  yield ok('configuration', `${read}, ${counted(given, 'key is', 'keys are')} given`)
  for (const text of warnings) yield warning('configuration', text)
  yield await rulesFinding(loaded)
  const { checksOf } = await import('../../pipeline/doctor/checks.ts')
  const { namedServerCheck, serverCheck } = await import('./doctor-server.ts')
  const server = flags.server === undefined ? serverCheck(config) : namedServerCheck(flags)
  yield* findings([server, ...(await checksOf(config))], checkWithinMs)
}

/** Whether the rules can be used. What they match, a running vaino says. */
async function rulesFinding(loaded: LoadedConfig): Promise<Finding> {
  const { ok, thrown } = await import('../../pipeline/doctor/finding.ts')
  try {
    const { loadRules } = await import('../../pipeline/rules/load-rules.ts')
    const { file, rules, tables } = loadRules(loaded, process.cwd())
    if (file === null) return ok('rules', 'there is no rules.yaml, so nothing is ignored')
    const { ignore } = rules.set
    return ok(
      'rules',
      `${file} was read: ${ignore.length} ignore, ${counted(tables.length, 'type is', 'types are')} compared otherwise`,
    )
  } catch (error) {
    return thrown('rules', error)
  }
}

const statusColumns = 7

/** A line a finding, as it comes; what to do stands below it. */
async function writeLines(found: AsyncIterable<Finding>, page: Page): Promise<void> {
  const { paint } = page.terminal
  const styles: Readonly<Record<FindingStatus, (text: string) => string>> = {
    ok: paint.green,
    warning: paint.yellow,
    failed: paint.red,
  }
  for await (const { check, status, message, hint } of found) {
    const head = `${styles[status](pad(status, statusColumns))}  ${paint.bold(printable(check))}: `
    const below = `\n${' '.repeat(statusColumns + 2)}`
    const text = message.split('\n').map(printable).join(below)
    await page.write(`${head}${text}${hint === null ? '' : below + paint.dim(printable(hint))}\n`)
  }
}
