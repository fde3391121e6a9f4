import type { Cluster } from './broker/cluster.ts'
import { brokerCode } from './failure.ts'
import { pause } from './pause.ts'

interface Producing {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}

/** What kafkajs' brokers can do beyond its published types. */
export interface CoordinatingBroker {
  findGroupCoordinator(request: {
    groupId: string
    coordinatorType: number
  }): Promise<{ coordinator: { nodeId: number } }>
  initProducerId(request: {
    transactionalId?: string
    transactionTimeout: number
  }): Promise<{ producerId: string; producerEpoch: number }>
  addPartitionsToTxn(request: Producing & { topics: { topic: string; partitions: number[] }[] }): Promise<unknown>
  addOffsetsToTxn(request: Producing & { groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: Producing & {
      groupId: string
      topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[]
    },
  ): Promise<unknown>
  endTxn(request: Producing & { transactionResult: boolean }): Promise<unknown>
  offsetFetch(request: { groupId: string; topics: { topic: string; partitions: { partition: number }[] }[] }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string; metadata: string | null }[] }[]
  }>
}

export function coordinating(broker: object): CoordinatingBroker {
  if (!isCoordinating(broker)) throw new Error('this version of kafkajs knows no transactions')
  return broker
}

const methods: readonly (keyof CoordinatingBroker)[] = [
  'findGroupCoordinator',
  'initProducerId',
  'addPartitionsToTxn',
  'addOffsetsToTxn',
  'txnOffsetCommit',
  'endTxn',
  'offsetFetch',
]

const isCoordinating = (broker: object): broker is CoordinatingBroker => methods.every((name) => name in broker)

const types = { group: 0, transaction: 1 } as const

/** The coordinator loads, is elected, or has moved; nothing was done. */
const movedCodes = new Set([14, 15, 16])
/** The markers of the transaction before are still being written; nothing was done. */
const concurrentTransactions = 51

/** The broker that keeps a group's offsets, or a transactional id's transactions. It may move. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #key: { readonly groupId: string; readonly coordinatorType: number }
  #broker: CoordinatingBroker | null = null

  constructor(cluster: Cluster, type: keyof typeof types, id: string) {
    this.#cluster = cluster
    this.#key = { groupId: id, coordinatorType: types[type] }
  }

  /** Asks it, again where it says that it has done nothing and can't yet. */
  async ask<T>(question: (broker: CoordinatingBroker) => Promise<T>, withinMs: number): Promise<T> {
    const deadline = performance.now() + withinMs
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 100)) {
      try {
        this.#broker ??= await this.#find()
        return await question(this.#broker)
      } catch (error) {
        const code = brokerCode(error)
        const isMoved = code !== null && movedCodes.has(code)
        if ((!isMoved && code !== concurrentTransactions) || performance.now() > deadline) throw error
        if (isMoved) this.#broker = null
      }
      await pause(waitMs)
    }
  }

  /** Asks one broker after the other who it is. kafkajs would keep to itself why none of them says so. */
  async #find(): Promise<CoordinatingBroker> {
    let failure: unknown = new Error('no broker is known')
    for (const nodeId of this.#cluster.getNodeIds()) {
      try {
        const broker = coordinating(await this.#cluster.findBroker({ nodeId: String(nodeId) }))
        const { coordinator } = await broker.findGroupCoordinator(this.#key)
        return coordinating(await this.#cluster.findBroker({ nodeId: String(coordinator.nodeId) }))
      } catch (error) {
        if (brokerCode(error) !== null) throw error
        failure = error
      }
    }
    throw failure
  }
}
