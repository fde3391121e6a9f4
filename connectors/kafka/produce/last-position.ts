import type { Cluster } from '../broker/cluster.ts'
import type { Coordinator } from '../group/coordinator.ts'
import { type CommittedOffset, fetchCommitted } from '../wire/coordinator-requests.ts'
import { addOffsets, commitOffset, endTransaction, type TransactionalProducer } from '../wire/transaction-requests.ts'

// When a new owner has its producer id, all transactions of former owners have ended, and their ends are on all replicas in sync.
// The broker that answers for the group may not show them all the same:
// - one that has just become the coordinator has them in its log, and shows less until it knows what is on all replicas in sync;
// - one that hung, and lost the group to another meanwhile, does not know of that in its first moments and shows what was true then;
// - one before Kafka 4.0 applies a transaction's end after the log has it.
// An older position makes input be processed twice. So the coordinator first writes a record: it can do so only while it is the
// coordinator, and behind all that former owners wrote. The record is a position in a transaction that is aborted, which nobody
// sees. Only then is the same broker asked, and answers when it shows all of its log.

export interface PositionOf {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

export interface Coordinators {
  readonly ofGroup: Coordinator
  readonly ofTransactions: Coordinator
}

const withinMs = 20_000

/**
 * A group's position, as it was committed last before `producer` got its epoch. The producer has no open transaction before and
 * after.
 * @throws BrokerError, BrokerUnreachable
 */
export async function lastPosition(
  { ofGroup, ofTransactions }: Coordinators,
  producer: TransactionalProducer,
  { group, topic, partition }: PositionOf,
): Promise<CommittedOffset> {
  const asked = new Map([[topic, [partition]]])
  const never = { topic, partition, offset: 0, note: '' }
  const inTransaction = (request: (cluster: Cluster, node: number) => Promise<void>): Promise<void> =>
    ofTransactions.ask(request, withinMs)
  let proven: number | null = null
  const committed = await ofGroup.ask(async (cluster, node) => {
    if (proven !== node) {
      await inTransaction((each, at) => addOffsets(each, at, producer, group))
      await commitOffset(cluster, node, producer, group, never)
      await inTransaction((each, at) => endTransaction(each, at, producer, false))
      proven = node
    }
    return fetchCommitted(cluster, node, group, asked, true)
  }, withinMs)
  const found = committed.get(topic)?.find((one) => one.partition === partition)
  if (found === undefined) throw new Error(`the coordinator's answer lacks ${topic}/${partition}`)
  return found
}
