import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { stringify } from 'yaml'
import { formatDuration } from '../../model/duration.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { findClouds } from '../../pipeline/sources/find-clouds.ts'
import { intervalMsOfKind } from '../../pipeline/sources/kinds.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { findStates } from './find-states.ts'

export interface InitFlags extends SharedFlags {
  readonly yes?: boolean
  readonly force?: boolean
}

/** Asks a question; an empty answer takes the suggestion. */
type Ask = (question: string, suggestion: string) => Promise<string>

/**
 * Writes a configuration file from what the flags say, what is found below this folder, and what the user answers.
 * @throws VainoError `bad_config` when the file is there already, cannot be written, or there is nothing to watch
 */
export async function runInit(flags: InitFlags): Promise<void> {
  const file = flags.config ?? 'vaino.yaml'
  if (existsSync(file) && flags.force !== true) {
    throw new VainoError('bad_config', `${file} is there already`, {
      hint: `Edit it, name another with --config FILE, or replace it with --force.`,
    })
  }
  const note = (text: string) => void process.stderr.write(`vaino: ${text}\n`)
  const isAsking = flags.yes !== true && process.stdin.isTTY === true && process.stderr.isTTY === true
  const clouds = await findClouds(process.env)
  for (const line of clouds.said) note(line)
  const chosen = isAsking ? await answers(flags, note) : found(flags, clouds.sources, note)
  const text = configText(chosen, clouds.sources)
  const draft = `${file}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    // The file takes its place only when it is a good configuration.
    await readConfig({ config: draft, color: flags.color })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof VainoError) throw error
    throw new VainoError('bad_config', `${file} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  note(`${file} is written. Next: vaino config check, then vaino up`)
}

interface Answers {
  readonly sources: readonly string[]
  readonly interval: string | undefined
  readonly listen: string | undefined
}

function suggestedSource(note: (text: string) => void): string | null {
  const states = findStates(process.cwd())
  if (states === null) return null
  const where = path.isAbsolute(states.folder) || states.folder === '.' ? states.folder : `./${states.folder}`
  note(`found ${counted(states.count, 'Terraform state')} below ${where}`)
  return `terraform:${where}`
}

function found(
  { source, interval, listen }: InitFlags,
  others: readonly string[],
  note: (text: string) => void,
): Answers {
  if (source !== undefined && source.length > 0) return { sources: source, interval, listen }
  const suggestion = suggestedSource(note)
  if (suggestion !== null) return { sources: [suggestion], interval, listen }
  throw new VainoError('bad_config', 'No Terraform state was found below this folder', {
    hint: `Name what to watch: vaino init --source ${others[0] === undefined ? 'terraform:PATH' : `'${others[0]}'`}`,
  })
}

async function answers({ source, interval, listen }: InitFlags, note: (text: string) => void): Promise<Answers> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const ask: Ask = async (question, suggestion) => {
    const shown = suggestion === '' ? '' : ` [${suggestion}]`
    return (await lines.question(`${question}${shown}: `, { signal: interruption() })).trim() || suggestion
  }
  try {
    const sources = [...(source ?? [])]
    if (sources.length === 0) {
      const first = await ask('What to watch, as KIND:WHERE (empty: only what is sent)', suggestedSource(note) ?? '')
      if (first !== '') sources.push(first)
    }
    return {
      sources,
      interval: interval ?? (await ask('Time between two looks at it', suggestedInterval(sources))),
      listen: listen ?? (await ask('Address to serve on', '127.0.0.1:8420')),
    }
  } finally {
    lines.close()
  }
}

/** The longest that a kind of these has: none is looked at more often than is good for it. */
const suggestedInterval = (sources: readonly string[]): string =>
  formatDuration(
    Math.max(intervalMsOfKind(''), ...sources.map((source) => intervalMsOfKind(source.split(':', 1)[0] ?? ''))),
  )

/** The configuration. Sources that were found and not chosen stand in it as comments; removing the # has them watched. */
function configText({ sources, interval, listen }: Answers, others: readonly string[]): string {
  const rest = { ...(interval === undefined ? {} : { interval }), ...(listen === undefined ? {} : { listen }) }
  const unused = others.filter((source) => !sources.includes(source))
  const heading =
    sources.length === 0
      ? '# Found, to watch in place of []:\n# sources:'
      : '  # Found too; take "# " away to watch it:'
  const comments = unused.map((source) => `${sources.length === 0 ? '#   ' : '  # '}- ${JSON.stringify(source)}\n`)
  return [
    '# Every key: docs/configuration.md, or `vaino config schema`.\n',
    stringify({ sources }),
    ...(unused.length === 0 ? [] : [`${heading}\n`, ...comments]),
    Object.keys(rest).length === 0 ? '' : stringify(rest),
  ].join('')
}
