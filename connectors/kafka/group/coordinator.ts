import type { Cluster } from '../broker/cluster.ts'
import { brokerCode } from '../failure.ts'
import { pause } from '../pause.ts'
import { type CoordinatorType, findCoordinator } from '../wire/coordinator-requests.ts'

/** The coordinator loads its state, is being elected, or has moved; it has done nothing. */
const movedCodes = new Set([14, 15, 16])
/** 51: the markers of the transaction before are still being written. 88: an offset's transaction is being ended. Nothing was done. */
const busyCodes = new Set([51, 88])
const maxRetryMs = 100

/** The broker that keeps a group's offsets, or a transactional id's transactions. It may move to another broker. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #type: CoordinatorType
  readonly #id: string
  #node: number | null = null
  /** Said to be the coordinator, and was none. */
  #former: number | null = null

  constructor(cluster: Cluster, type: CoordinatorType, id: string) {
    this.#cluster = cluster
    this.#type = type
    this.#id = id
  }

  /**
   * Sends a request to the coordinator. Sends it again while the answer is that the coordinator has done nothing and can't yet.
   * @param request gets the coordinator's broker id
   * @param withinMs no new attempt begins after this time
   */
  async ask<T>(request: (cluster: Cluster, node: number) => Promise<T>, withinMs: number): Promise<T> {
    const deadline = performance.now() + withinMs
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      try {
        this.#node ??= await this.#find()
        return await request(this.#cluster, this.#node)
      } catch (error) {
        const code = brokerCode(error)
        const isMoved = code !== null && movedCodes.has(code)
        const isBusy = code !== null && busyCodes.has(code)
        if ((!isMoved && !isBusy) || performance.now() > deadline) throw error
        if (isMoved) {
          this.#former = this.#node
          this.#node = null
        }
      }
      await pause(waitMs)
    }
  }

  /** Asks one broker after the other, until one answers; the former coordinator last, which may not know yet that it is none. */
  async #find(): Promise<number> {
    let failure: unknown = new Error('no broker is known')
    const isFormer = (node: number): number => Number(node === this.#former)
    for (const node of this.#cluster.nodeIds().toSorted((a, b) => isFormer(a) - isFormer(b))) {
      try {
        return await findCoordinator(this.#cluster, node, this.#type, this.#id)
      } catch (error) {
        if (brokerCode(error) !== null) throw error
        failure = error
      }
    }
    throw failure
  }
}
