import { until } from '../../api/test-server.ts'
import { Random } from '../random.ts'
import { KubeRefusal } from './client.ts'
import type { KubeCluster } from './cluster.ts'

/** Where the edits happen. */
export interface Field {
  /** The collection: `/api/v1/namespaces/load/configmaps` */
  readonly path: string
  readonly apiVersion: string
  readonly kind: string
}

const names = 50
/** Edits at once: an API server takes hundreds a second from so many. */
const writers = 4

/** Makes, patches and deletes objects without a pause until it is stopped. Each patch sets a counter that only grows. */
export class Edits {
  readonly #cluster: KubeCluster
  readonly #fields: readonly Field[]
  readonly #random: Random
  #counter = 0
  #stopped = false
  #working: Promise<unknown> = Promise.resolve()
  /** What the server has taken. */
  done = 0

  constructor(cluster: KubeCluster, fields: readonly Field[], seed: number) {
    this.#cluster = cluster
    this.#fields = fields
    this.#random = new Random(seed)
  }

  start(): void {
    this.#stopped = false
    this.#working = Promise.all(Array.from({ length: writers }, (_, writer) => this.#write(writer)))
  }

  /** Resolves when the server has taken so many more. */
  async goOn(count: number): Promise<void> {
    const from = this.done
    await until(`${count} edits are done`, () => this.done >= from + count, 120_000)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
  }

  async #write(writer: number): Promise<void> {
    while (!this.#stopped) {
      const field = this.#random.pick(this.#fields)
      // No two writers touch one object: its counter would not grow.
      const name = `edited-${this.#random.below(names / writers) * writers + writer}`
      try {
        await this.#edit(field, name)
        this.done++
      } catch (error) {
        // Absent or present already; anything else of the server's own is a fault of the test. No answer at all is what a server is killed for.
        if (error instanceof KubeRefusal && ![404, 409, 429].includes(error.status) && error.status < 500) throw error
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }

  async #edit({ path, apiVersion, kind }: Field, name: string): Promise<void> {
    const data = { n: String(++this.#counter) }
    const { admin } = this.#cluster
    if (this.#random.oneIn(8)) await admin.delete(`${path}/${name}`)
    else if (this.#random.oneIn(3)) await admin.create(path, { apiVersion, kind, metadata: { name }, data })
    else await admin.patch(`${path}/${name}`, { data }, { manager: 'editor' })
  }
}
