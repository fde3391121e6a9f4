import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { resource4, state4 } from '../terraform/states.ts'
import type { ToChecker } from './messages.ts'

const files = 60
const resourcesEach = 20
const pauseMs = 100

/** A folder of Terraform states that are written anew, in place and by renaming, cut off now and then, and put right again. */
export class States {
  readonly folder: string
  readonly #random: Random
  readonly #secret: string
  readonly #n = Array.from({ length: files }, () => 0)
  readonly #broken = new Set<number>()
  writes = 0
  isPaused = false
  isIdle = false

  constructor(folder: string, random: Random, secret: string) {
    this.folder = folder
    this.#random = random
    this.#secret = secret
    mkdirSync(folder, { recursive: true })
    for (let file = 0; file < files; file++) this.#write(file)
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.isIdle = this.isPaused
      if (!this.isPaused) this.#write(this.#random.below(files))
      await sleep(pauseMs)
    }
  }

  /** Puts right what is cut off, and says what each file has now. */
  settle(say: (message: ToChecker) => void): void {
    for (const file of [...this.#broken]) this.#write(file, false)
    const keys = this.#n.flatMap((n, file) => {
      const scope = `terraform/${encodeURIComponent(this.#pathOf(file))}/-/state`
      return Array.from({ length: resourcesEach }, (_, r) => [`${scope}/aws_instance.web${r}`, n] as const)
    })
    say({ kind: 'acknowledged', keys })
  }

  #pathOf(file: number): string {
    return path.join(this.folder, `state-${file}.tfstate`)
  }

  #write(file: number, mayBreak = this.writes > files): void {
    this.writes++
    const n = (this.#n[file] ?? 0) + 1
    this.#n[file] = n
    const attributes = (r: number) => ({ id: `i-${file}-${r}`, n, ami: `ami-${r}`, password: `${this.#secret}-${n}` })
    const resources = Array.from({ length: resourcesEach }, (_, r) => resource4(`web${r}`, attributes(r)))
    const text = state4(resources, { serial: n, lineage: `lineage-${file}` })
    const isBroken = mayBreak && this.#random.oneIn(20)
    if (isBroken) this.#broken.add(file)
    else this.#broken.delete(file)
    const written = isBroken ? text.slice(0, this.#random.below(text.length)) : text
    const whole = this.#pathOf(file)
    if (this.#random.oneIn(2)) {
      writeFileSync(whole, written)
      return
    }
    writeFileSync(`${whole}.new`, written)
    renameSync(`${whole}.new`, whole)
  }
}
