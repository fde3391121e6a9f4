import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Estate, type EstateStep, filesBelow } from './estate.ts'

/** Where a replay stands: the step that lies in the working copy, and how often it has begun anew. */
export interface ReplayPosition {
  readonly step: number
  readonly round: number
}

/** More than all steps together write, so that the numbers go on growing when the example begins again. */
const serialsPerRound = 1000

/** Goes on where the last run ended, so that a restart shows no jump back to the first step. */
export function readPosition(copy: string, estate: Estate): ReplayPosition | null {
  let found: Partial<ReplayPosition>
  try {
    found = JSON.parse(readFileSync(positionFile(copy), 'utf8')) as Partial<ReplayPosition>
  } catch {
    // Never begun, or cut off while it was noted: it begins at the first step.
    return null
  }
  const { step = -1, round = -1 } = found
  return Number.isInteger(round) && round >= 0 && estate.steps[step] !== undefined ? { step, round } : null
}

const positionFile = (copy: string): string => `${copy}.json`

export const stepAfter = ({ step, round }: ReplayPosition, estate: Estate): ReplayPosition =>
  step + 1 < estate.steps.length ? { step: step + 1, round } : { step: 0, round: round + 1 }

/**
 * Puts a step's files into the working copy: each whole or not at all, those that the step lacks removed. The second round
 * and later ones count their serials on: Terraform never goes back, and vaino warns of a state that does.
 */
export function writeStep(estate: Estate, position: ReplayPosition, copy: string): EstateStep {
  const step = estate.steps[position.step]
  if (step === undefined) throw new Error(`the example has no step ${position.step}`)
  const files = estate.filesOf(step)
  for (const [file, text] of files) {
    const target = path.join(copy, file)
    mkdirSync(path.dirname(target), { recursive: true })
    const partial = path.join(path.dirname(target), `.${path.basename(target)}.partial`)
    writeFileSync(partial, raiseSerial(text, position.round * serialsPerRound))
    renameSync(partial, target)
  }
  for (const file of filesBelow(copy)) if (!files.has(file)) rmSync(path.join(copy, file))
  writeFileSync(positionFile(copy), JSON.stringify(position))
  return step
}

const raiseSerial = (state: string, by: number): string =>
  // The first one in the file is the state's own: Terraform writes it before everything that could hold another.
  by === 0 ? state : state.replace(/("serial":\s*)(\d+)/, (_, before, serial) => `${before}${Number(serial) + by}`)

export interface ReplayOptions {
  readonly estate: Estate
  /** The folder whose files are replaced. */
  readonly copy: string
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly onStep: (step: EstateStep, position: ReplayPosition) => void
  /** The disk is full: the step is tried again after `everyMs`. */
  readonly onFull: (error: Error) => void
}

export interface Replay {
  /** Lays the first step, or the one where the last run ended. */
  begin(): void
  /** Replaces the working copy by the next step until the signal; after the last step it starts over. */
  run(): Promise<void>
}

const isFull = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')

export function createReplay({ estate, copy, everyMs, signal, onStep, onFull }: ReplayOptions): Replay {
  let position: ReplayPosition = { step: 0, round: 0 }
  const moveTo = (next: ReplayPosition) => {
    position = next
    onStep(writeStep(estate, next, copy), next)
  }
  return {
    begin() {
      mkdirSync(copy, { recursive: true })
      moveTo(readPosition(copy, estate) ?? position)
    },
    async run() {
      for (;;) {
        try {
          await sleep(everyMs, undefined, { signal })
        } catch (error) {
          if (signal.aborted) return
          throw error
        }
        const before = position
        try {
          moveTo(stepAfter(before, estate))
        } catch (error) {
          if (!isFull(error)) throw error
          position = before
          onFull(error)
        }
      }
    },
  }
}
