import { joinGroup, type PartitionGroup } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { PartitionController } from '../owner/partition-controller.ts'
import type { KafkaOptions } from './kafka-options.ts'
import type { Memberships } from './memberships.ts'
import type { PartitionFailures } from './partition-failures.ts'

export interface GroupParts {
  readonly kafka: KafkaOptions
  /** The input topic, whose partitions the members share. */
  readonly topic: string
  readonly memberships: Memberships
  readonly telemetry: Telemetry
}

/** Joins the group that processes: what it assigns to this node, the partition's controller owns. */
export function joinProcessors(
  { kafka, topic, memberships, telemetry }: GroupParts,
  group: string,
  controllers: readonly PartitionController[],
  failures: PartitionFailures,
  /** Called when a partition is owned no more. */
  released: (controller: PartitionController) => void,
): PartitionGroup {
  const { settings, sessionTimeoutMs } = kafka
  return joinGroup(
    settings,
    { group, topic, sessionTimeoutMs },
    {
      async own(partition, signal) {
        const controller = controllers[partition]
        if (controller === undefined) throw new VainoError('internal', `there is no partition ${partition}`)
        try {
          await controller.own(signal)
        } finally {
          released(controller)
        }
      },
      disturbed: (error) => memberships.broke(group, error),
      assigned(owned) {
        memberships.joined(group)
        failures.owns(owned)
        telemetry.emit('partitions_assigned', { partitions: owned.join(' ') || 'none' })
      },
      failed: (partition, error) => failures.failed('owning', partition, error),
    },
  )
}

export interface CollectorGroup extends AsyncDisposable {
  /** Partitions whose scopes this node scans. */
  readonly collected: ReadonlySet<number>
  /** Resolves when the group has assigned partitions, or after the session timeout. */
  readonly joined: Promise<void>
}

/** Joins the group that shares the scopes of the sources. To own a partition means to scan its scopes: nothing is read. */
export function joinCollectors({ kafka, topic, memberships, telemetry }: GroupParts): CollectorGroup {
  const { settings, sessionTimeoutMs } = kafka
  const group = `${kafka.prefix}.collectors`
  const collected = new Set<number>()
  const assigned = Promise.withResolvers<void>()
  const membership = joinGroup(
    settings,
    { group, topic, sessionTimeoutMs },
    {
      async own(partition, signal) {
        collected.add(partition)
        await aborted(signal)
        collected.delete(partition)
      },
      assigned() {
        memberships.joined(group)
        assigned.resolve()
      },
      disturbed: (error) => memberships.broke(group, error),
      failed: (partition, error) => telemetry.emit('partition_failed', { partition, error }),
    },
  )
  return {
    collected,
    joined: within(assigned.promise, sessionTimeoutMs),
    [Symbol.asyncDispose]: () => membership[Symbol.asyncDispose](),
  }
}

/** Resolves with the promise, or after `ms`. */
async function within(awaited: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([awaited, late])
  clearTimeout(timer)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
