import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Json } from '../../model/resource.ts'

/** A call that goes wrong; see `toy/faults.go`. An absent type or name matches all. */
export interface ToyFault {
  readonly operation: 'configure' | 'read' | 'create' | 'update' | 'delete'
  readonly type?: string
  readonly name?: string
  /** `hang_hard` is deaf to the caller's cancel; `warning` answers with the state as it was sent. */
  readonly action: 'hang' | 'hang_hard' | 'slow' | 'panic' | 'exit' | 'null' | 'warning' | 'error'
  readonly summary?: string
  readonly detail?: string
  /** Printed to standard error before the action. */
  readonly stderr?: string
  readonly milliseconds?: number
  /** How often it applies, over all processes; absent: always. */
  readonly times?: number
}

const callSchema = z.object({
  operation: z.string(),
  type: z.string().default(''),
  name: z.string().default(''),
  phase: z.enum(['begin', 'end']),
  at: z.number(),
  process: z.number(),
})
export type ToyCall = z.infer<typeof callSchema>

type JsonObject = { readonly [name: string]: Json }
const objectSchema = z.record(z.string(), z.json())

/** The folder that our providers take for a cloud: objects, the record of all calls, and the faults. */
export class ToyCloud {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
  }

  read(type: string, name: string): JsonObject {
    return objectSchema.parse(JSON.parse(readFileSync(this.#file(type, name), 'utf8')))
  }

  write(type: string, name: string, object: JsonObject): void {
    mkdirSync(path.join(this.folder, type), { recursive: true })
    const file = this.#file(type, name)
    writeFileSync(`${file}.partial`, JSON.stringify(object))
    renameSync(`${file}.partial`, file)
  }

  /** Somebody changes members of an object behind Terraform's back. */
  edit(type: string, name: string, members: JsonObject): void {
    this.write(type, name, { ...this.read(type, name), ...members })
  }

  remove(type: string, name: string): void {
    rmSync(this.#file(type, name))
  }

  /** Replaces all faults. */
  setFaults(...faults: readonly ToyFault[]): void {
    for (const used of readdirSync(this.folder).filter((name) => name.startsWith('.fault-')))
      rmSync(path.join(this.folder, used))
    writeFileSync(path.join(this.folder, 'control.json.partial'), JSON.stringify(faults))
    renameSync(path.join(this.folder, 'control.json.partial'), path.join(this.folder, 'control.json'))
  }

  /** Every call since the folder was made or `forgetCalls`, in the order of its beginning and its end. */
  calls(): ToyCall[] {
    return readFileSync(this.#calls, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => callSchema.parse(JSON.parse(line)))
  }

  forgetCalls(): void {
    writeFileSync(this.#calls, '')
  }

  get #calls(): string {
    return path.join(this.folder, 'calls.ndjson')
  }

  #file(type: string, name: string): string {
    return path.join(this.folder, type, `${encodeURIComponent(name)}.json`)
  }
}

/** How many reads were under way at once, at most. */
export function mostReadsAtOnce(calls: readonly ToyCall[]): number {
  let [now, most] = [0, 0]
  for (const { phase } of calls.filter(({ operation }) => operation === 'read').toSorted((a, b) => a.at - b.at)) {
    now += phase === 'begin' ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}
