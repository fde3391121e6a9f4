import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { VainoError } from '../../model/errors.ts'
import { carried } from '../../runtime/carried.ts'

const stepsSchema = z.array(z.object({ folder: z.string().min(1), title: z.string(), what_changes: z.string() })).min(2)

export type EstateStep = z.infer<typeof stepsSchema>[number]

/** The states of one estate at successive times, as the repository brings them. */
export interface Estate {
  readonly steps: readonly EstateStep[]
  /** The files of a step, path in the working copy → text. */
  filesOf(step: EstateStep): ReadonlyMap<string, string>
}

const inThisClone = fileURLToPath(new URL('../../examples/estate', import.meta.url))

/** The example that this vaino brings; `null` where there is none. @throws VainoError `bad_input` when it is broken */
export async function findEstate(): Promise<Estate | null> {
  return carried === null ? estateIn(inThisClone) : estateOf(await carried.estate())
}

/** The example in a folder; `null` where there is none. @throws VainoError `bad_input` when it is broken */
export function estateIn(folder: string): Estate | null {
  const list = path.join(folder, 'steps.json')
  if (!existsSync(list)) return null
  return {
    steps: parseSteps(readFileSync(list, 'utf8'), list),
    filesOf(step) {
      const from = path.join(folder, 'states', step.folder)
      return new Map(filesBelow(from).map((file) => [file, readFileSync(path.join(from, file), 'utf8')]))
    },
  }
}

function estateOf(files: Readonly<Record<string, string>>): Estate {
  return {
    steps: parseSteps(files['steps.json'] ?? '', 'steps.json'),
    filesOf(step) {
      const before = `states/${step.folder}/`
      const own = Object.entries(files).filter(([file]) => file.startsWith(before))
      return new Map(own.map(([file, text]) => [file.slice(before.length), text]))
    },
  }
}

function parseSteps(text: string, list: string): readonly EstateStep[] {
  const parsed = stepsSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new VainoError('bad_input', `${list} is not a list of {folder, title, what_changes}`, { cause: parsed.error })
}

/** Every file below a folder, as a path in it. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
