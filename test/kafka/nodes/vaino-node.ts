import { ServerProcess } from '../../server-process.ts'
import type { KafkaCluster } from '../cluster.ts'

export const sessionTimeoutMs = 3_000

/** Brokers of these tests let members go sooner than Kafka does by default. */
export const brokerConfig = { 'group.min.session.timeout.ms': 1_000 }

/** A vaino of several that share Kafka, as a process of its own. */
export const vainoNode = (kafka: KafkaCluster, prefix: string, partitions: number, more: object = {}): ServerProcess =>
  new ServerProcess({
    transport: 'kafka',
    partitions,
    workers: 1,
    sources: [],
    kafka: {
      brokers: kafka.settings.brokers,
      topic_prefix: prefix,
      session_timeout: `${sessionTimeoutMs}ms`,
      redaction_key: 'the same on every node of the test',
    },
    ...more,
  })

/** Whether the node has said last that it owns a partition. */
export const ownsAny = ({ stderr }: ServerProcess): boolean =>
  /this node owns the partitions (\S+)/
    .exec(stderr.slice(stderr.lastIndexOf('this node owns')))?.[1]
    ?.startsWith('none') === false
