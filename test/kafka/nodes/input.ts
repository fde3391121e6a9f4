import type { TopicProducer } from '../../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { Scope } from '../../../model/scope.ts'

/** A scope of a partition, of no provider that a plan uses. */
export function scopeIn(partition: number, partitions: number): Scope {
  for (let n = 0; ; n++) {
    const scope = `mark/-/-/of-${partition}-${n}` as Scope
    if (partitionOf(scope, partitions) === partition) return scope
  }
}

export const markKey = (partition: number, partitions: number, id: string) => `${scopeIn(partition, partitions)}/${id}`

/** Runs of lines of one scope, each as one message. */
function messagesOf(body: string): { key: string | null; value: string }[] {
  const messages: { key: string | null; value: string }[] = []
  for (const line of body.split('\n').filter((text) => text !== '')) {
    const key = /"scope":"([^"]+)"/.exec(line)?.[1] ?? null
    const last = messages.at(-1)
    if (last?.key === key && last.value.length < 100_000) last.value += `\n${line}`
    else messages.push({ key, value: line })
  }
  return messages
}

/** What an outside producer sends: records where they belong, what names no scope in the first partition. */
export function inputTo(producer: TopicProducer, partitions: number) {
  const send = async (body: string): Promise<void> => {
    for (const message of messagesOf(body)) {
      const { key } = message
      await producer.send(key === null ? 0 : partitionOf(key as Scope, partitions), [message])
    }
  }
  return {
    send,
    records: (...records: readonly object[]) => send(records.map((record) => `${JSON.stringify(record)}\n`).join('')),
    /** Observes a thing of this name in every partition: whoever shows all of them has processed what was sent before. */
    async mark(id: string): Promise<void> {
      for (let partition = 0; partition < partitions; partition++) {
        const resource = { id, type: 'mark', provider: 'mark' }
        const record = { kind: 'observed', scope: scopeIn(partition, partitions), resource }
        await send(`${JSON.stringify(record)}\n`)
      }
    },
  }
}
