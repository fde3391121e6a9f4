import type { TopicProducer } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { OperatorRecord } from '../../../model/record.ts'
import type { Scope } from '../../../model/scope.ts'
import type { StateReader } from '../../../storage/state-reader.ts'
import { type EngineParts, sumOf } from '../../assembly/assemble-engine.ts'
import type { Intake } from '../../intake/intake.ts'
import type { Transport } from '../../intake/transport.ts'
import { watchUse } from '../../intake/watch-use.ts'
import { operatorHeader } from '../input/input-piece.ts'
import type { InputProgress } from '../input/input-progress.ts'
import type { TrackedProducer } from './tracked-producer.ts'

/** Ingest through the input topic: resolves when the records are processed, by whichever node owns their partitions. */
export const kafkaIngest =
  (
    intake: Intake,
    progress: InputProgress,
    tracked: () => TrackedProducer,
    transportOver: (producer: Pick<TopicProducer, 'send'>) => Transport,
  ): EngineParts['ingest'] =>
  async (body, source, producer, bytes) => {
    if (producer !== undefined) {
      throw new VainoError('bad_request', 'Producer-* headers are not for Kafka', {
        hint: 'Send without them, or produce to the topic with an idempotent producer.',
        details: { producer_headers: false },
      })
    }
    progress.requireCapacity()
    const request = tracked()
    const { transport, isUseless, firstRefusal } = watchUse(transportOver(request))
    const parcels = await intake.during(body, bytes, (paced, largeLine) =>
      intake.read(transport, paced, largeLine, source, null),
    )
    await request.whenProcessed()
    const sum = sumOf(parcels)
    if (isUseless()) return { ...sum, ...firstRefusal(), changes: 0, deadLetters: sum.records }
    // Transactions hold records of many senders, so the changes of these alone are unknown.
    return { ...sum, changes: null, deadLetters: null }
  }

/** Releases a hold through the input topic. */
export const kafkaRelease =
  (reader: StateReader, tracked: () => TrackedProducer, partitions: number): EngineParts['release'] =>
  async (scope, apply) => {
    const held = reader.scopes().find((status) => status.scope === scope)?.held
    if (!held) return 0
    await sendForOperator(tracked(), partitions, { kind: 'hold.release', scope, apply })
    return held.deletes
  }

/** Forgets a scope through the input topic. */
export const kafkaForget =
  (tracked: () => TrackedProducer, partitions: number): EngineParts['forget'] =>
  async ({ scope, resources }) => {
    await sendForOperator(tracked(), partitions, { kind: 'scope.forget', scope })
    return resources
  }

/** With the header that only nodes write. */
async function sendForOperator(request: TrackedProducer, partitions: number, record: OperatorRecord): Promise<void> {
  const { scope } = record
  const message = { key: scope, value: JSON.stringify(record), headers: { [operatorHeader]: '1' } }
  await request.send(partitionOf(scope as Scope, partitions), [message])
  await request.whenProcessed()
}
