import { createInterface } from 'node:readline/promises'
import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { kinds, sourceKinds } from '../../pipeline/sources/kinds.ts'
import { interruption } from '../terminal/interrupt.ts'
import { printable } from '../terminal/terminal.ts'
import type { ChosenSource } from './config-text.ts'
import { inputEnded, type Keys, openKeys } from './keys.ts'
import type { Found, Offer } from './look.ts'

/** Sources of an offer that are asked for one by one; the others are comments of the file. */
const maxAsked = 20

/** Asks at the terminal what to watch of what was found; where nothing was or nothing is wanted, for a source by its name. */
export async function choose({ offers, hasProviders }: Found): Promise<readonly ChosenSource[]> {
  const chosen: ChosenSource[] = []
  if (offers.length > 0) {
    using keys = openKeys(process.stdin, process.stderr)
    for (const offer of offers) {
      const sources = await wanted(offer, keys)
      const mayBeLive = hasProviders && sources.some(isTerraform)
      const live =
        mayBeLive && (await keys.ask('  Read the real things behind them too, with the providers found?', false))
      chosen.push(...sources.map((source) => ({ source, live: live && isTerraform(source) })))
    }
  }
  if (chosen.length > 0) return chosen
  const named = await namedSource()
  return named === '' ? [] : [{ source: named, live: false }]
}

const isTerraform = (source: string): boolean => source.startsWith('terraform:')

async function wanted({ what, sources, byDefault }: Offer, keys: Keys): Promise<readonly string[]> {
  if (!(await keys.ask(`Watch ${what}?`, byDefault))) return []
  if (sources.length === 1) return sources
  const taken: string[] = []
  for (const source of sources.slice(0, maxAsked)) {
    if (await keys.ask(`  ${printable(source)}?`, false)) taken.push(source)
  }
  return taken
}

function kindHint(kind: string): string {
  const meant = nearest(kind, sourceKinds)
  return meant === null ? `Kinds are ${sourceKinds.join(', ')}.` : `Did you mean ${meant}?`
}

/** @throws VainoError `bad_config` for a source of no kind that there is */
export function refuseUnknownKind(source: string): void {
  const kind = source.split(':')[0] ?? ''
  if (Object.hasOwn(kinds, kind)) return
  throw new VainoError('bad_config', `"${printable(kind)}" is no kind of source`, { hint: kindHint(kind) })
}

async function namedSource(): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // The terminal is raw meanwhile, so Ctrl-C is a key.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const isEnded = new AbortController()
  lines.on('close', () => isEnded.abort(inputEnded()))
  const signal = AbortSignal.any([interruption(), isEnded.signal])
  try {
    for (;;) {
      const question = 'What to watch, as KIND:WHERE (empty: only what is sent): '
      const named = (await lines.question(question, { signal })).trim()
      const kind = named.split(':')[0] ?? ''
      if (named === '' || Object.hasOwn(kinds, kind)) return named
      process.stderr.write(`"${printable(kind)}" is no kind of source. ${kindHint(kind)}\n`)
    }
  } catch (error) {
    throw isEnded.signal.aborted ? inputEnded() : error
  } finally {
    lines.close()
  }
}
