import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { type Usage, usageOf } from '../../test/process-usage.ts'
import type { RunningProgram } from './run-program.ts'
import { dataFolder, listeningOn, runVaino, type VainoJob } from './vaino-program.ts'

/** A node with all roles, to be ended and started again. */
export class LagNode {
  readonly #settings: KafkaSettings
  readonly #job: VainoJob
  #program: RunningProgram | null = null
  #url = ''

  constructor(settings: KafkaSettings, prefix: string, folder: string, name: string) {
    this.#settings = settings
    this.#job = { prefix, roles: ['collector', 'processor', 'api'], folder: join(folder, name) }
  }

  async start(): Promise<void> {
    this.#program = runVaino(this.#settings, this.#job)
    this.#url = await this.#program.says(listeningOn)
  }

  stop = (): Promise<void> => this.#running.stop()
  kill = (): Promise<void> => this.#running.kill()

  get pid(): number {
    return this.#running.pid
  }

  get usage(): Usage {
    return usageOf(this.pid)
  }

  /** A disk that is lost. */
  deleteData(): void {
    rmSync(dataFolder(this.#job), { recursive: true })
  }

  /** Resolves when its copy of every partition is caught up. */
  whenReady = (): Promise<void> => this.#until(async () => (await this.#get('/readyz')).ok)

  /** Resolves when it owns so many partitions. */
  whenOwning = (partitions: number): Promise<void> =>
    this.#until(async () => {
      const text = await (await this.#get('/metrics')).text()
      return [...text.matchAll(/^vaino_partition_owned\{[^}]*\} 1$/gm)].length === partitions
    })

  /** The live resources that it knows. */
  async resources(): Promise<number> {
    const { scopes } = (await (await this.#get('/v1/scopes')).json()) as { scopes: { resources: number }[] }
    return scopes.reduce((sum, { resources }) => sum + resources, 0)
  }

  #get(route: string): Promise<Response> {
    return Promise.race([fetch(`${this.#url}${route}`), this.#running.died])
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  get #running(): RunningProgram {
    if (this.#program === null) throw new Error('the node was not started')
    return this.#program
  }
}
