import { type KafkaSettings, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../model/partition.ts'
import type { Scope } from '../../model/scope.ts'
import { benchResource, benchScope } from '../estate/made-up.ts'
import { limits, partitions } from './topics.ts'

export interface StreamOptions {
  readonly topic: string
  /** Resources that are observed in turn, again and again. */
  readonly keys: number
  /** Observations a second. */
  readonly rate: number
  /** Of the resources observed, so many percent have changed. */
  readonly changedPercent: number
}

/** Observations that come steadily. */
export interface SteadyStream {
  /** Resolves when each resource has been observed once more. */
  round(): Promise<void>
  /** Resolves when all that was begun is acknowledged. */
  stop(): Promise<void>
}

/** Observations in a message, all of one scope: as a collector sends what a watch tells it. */
export const observationsInMessage = 50

/** When an observation was handed to the producer, on this process's clock; in what the resource is. */
export const sentAtField = '"sent_at":'

const documentOf = (scope: number, n: number, revision: number, sentAt: number): string =>
  benchResource(scope, n, revision).replace('"configuration":{', `"configuration":{${sentAtField}${sentAt},`)

/** Sends what is due, whether or not what was sent before is acknowledged: a slow broker doesn't slow it down. */
export function startStream(settings: KafkaSettings, options: StreamOptions): SteadyStream {
  const { topic, keys, rate, changedPercent } = options
  const producer = openTopicProducer(settings, { topic, maxBatchBytes: limits.maxBatchBytes })
  const scopes = Math.ceil(keys / observationsInMessage)
  // The same ones in each round, spread over the messages.
  const isDue = (observation: number) => (observation * 37) % 100 < changedPercent
  /** What each resource was last: the same bytes again are an observation without a change. */
  const last = new Map<string, { readonly revision: number; readonly document: string }>()
  let isOver = false
  let roundEnded = Promise.withResolvers<void>()
  const underWay = new Set<Promise<unknown>>()
  let observed = 0

  function observe(scope: number, n: number, sentAt: number): string {
    const key = `${scope}/${n}`
    const before = last.get(key)
    const revision = (before?.revision ?? -1) + 1
    const isChanged = before === undefined || isDue(observed++)
    const now = isChanged ? { revision, document: documentOf(scope, n, revision, sentAt) } : before
    last.set(key, now)
    return `{"kind":"observed","scope":"${benchScope(scope)}","resource":${now.document}}`
  }

  function send(scope: number): void {
    const sentAt = performance.now()
    const lines = Array.from({ length: observationsInMessage }, (_, n) => observe(scope, n, sentAt))
    const key = benchScope(scope)
    const sent = producer.send(partitionOf(key as Scope, partitions), [{ key, value: lines.join('\n') }])
    underWay.add(sent)
    void sent.finally(() => underWay.delete(sent))
  }

  async function run(): Promise<void> {
    const startedAt = performance.now()
    for (let message = 0; !isOver; message++) {
      const wait = startedAt + (message * observationsInMessage * 1000) / rate - performance.now()
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      send(message % scopes)
      if (message % scopes === scopes - 1) {
        roundEnded.resolve()
        roundEnded = Promise.withResolvers()
      }
    }
    await Promise.all(underWay)
    await producer[Symbol.asyncDispose]()
  }
  const running = run()
  return {
    round: () => Promise.race([roundEnded.promise, running]),
    async stop() {
      isOver = true
      await running
    },
  }
}
