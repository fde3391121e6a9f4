import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { messageOf, VainoError } from '../../model/errors.ts'
import { choose, refuseUnknownKind } from '../init/choose.ts'
import { type ChosenSource, configText, grantOf } from '../init/config-text.ts'
import { type Found, lookAround } from '../init/look.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { readConfig } from './config.ts'

export interface InitFlags extends SharedFlags {
  readonly yes?: boolean
  readonly force?: boolean
}

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
  const found = await lookAround(process.cwd(), process.env)
  for (const line of found.said) note(line)
  const sources = await chosenSources(flags, found)
  const others = found.offers.flatMap((offer) => offer.sources)
  const { interval, listen } = flags
  await writeConfig(file, configText({ sources, interval, listen }, others), flags)
  for (const grant of new Set(sources.map(({ source }) => grantOf(source)))) {
    if (grant !== null) note(`grant: ${grant}`)
  }
  note(`${file} is written. Next: vaino config check, then vaino up`)
}

/** Questions are asked of somebody who sees them and can answer. */
const isAtTerminal = (): boolean => [process.stdin, process.stdout, process.stderr].every(({ isTTY }) => isTTY === true)

async function chosenSources({ source = [], yes }: InitFlags, found: Found): Promise<readonly ChosenSource[]> {
  // What has no kind is refused by its form, as part of the configuration.
  for (const one of source) if (one.includes(':')) refuseUnknownKind(one)
  if (source.length > 0) return source.map((one) => ({ source: one, live: false }))
  if (yes !== true && isAtTerminal()) return choose(found)
  const sources = found.offers.filter(({ byDefault }) => byDefault).flatMap((offer) => offer.sources)
  if (sources.length > 0) return sources.map((one) => ({ source: one, live: false }))
  const [other] = found.offers.flatMap((offer) => offer.sources)
  throw new VainoError('bad_config', 'No Terraform state was found below this folder', {
    hint: `Name what to watch: vaino init --source ${other === undefined ? 'terraform:PATH' : `'${other}'`}`,
  })
}

async function writeConfig(file: string, text: string, { color }: InitFlags): Promise<void> {
  const draft = `${file}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    // The file takes its place only when it is a good configuration.
    await readConfig({ config: draft, color })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof VainoError) throw error
    throw new VainoError('bad_config', `${file} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
