import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { VainoError } from '../../model/errors.ts'

const stepsSchema = z.array(z.object({ folder: z.string().min(1), title: z.string(), what_changes: z.string() })).min(2)

export type EstateStep = z.infer<typeof stepsSchema>[number]

/** The states of one estate at successive times, as the repository brings them. */
export interface Estate {
  /** Holds a folder for each step. */
  readonly folder: string
  readonly steps: readonly EstateStep[]
}

const inThisClone = fileURLToPath(new URL('../../examples/estate', import.meta.url))

/** The example of this clone; `null` where there is none, in an installed package say. @throws VainoError `bad_input` when it is broken */
export function findEstate(folder = inThisClone): Estate | null {
  const list = path.join(folder, 'steps.json')
  if (!existsSync(list)) return null
  const parsed = stepsSchema.safeParse(JSON.parse(readFileSync(list, 'utf8')))
  if (!parsed.success) {
    throw new VainoError('bad_input', `${list} is not a list of {folder, title, what_changes}`, { cause: parsed.error })
  }
  return { folder: path.join(folder, 'states'), steps: parsed.data }
}
