import type { Api } from '../broker/request.ts'

/**
 * The requests that this connector encodes. Each version is the last before the flexible ones, or another one with all
 * fields that are needed here; brokers from Apache Kafka 2.5 to 4.3 answer them.
 */
export const apis = {
  produce: { key: 0, version: 8, name: 'Produce' },
  fetch: { key: 1, version: 11, name: 'Fetch' },
  listOffsets: { key: 2, version: 2, name: 'ListOffsets' },
  offsetFetch: { key: 9, version: 7, name: 'OffsetFetch', isFlexible: true },
  findCoordinator: { key: 10, version: 1, name: 'FindCoordinator' },
  apiVersions: { key: 18, version: 1, name: 'ApiVersions' },
  createTopics: { key: 19, version: 2, name: 'CreateTopics' },
  initProducerId: { key: 22, version: 1, name: 'InitProducerId' },
  addPartitionsToTxn: { key: 24, version: 1, name: 'AddPartitionsToTxn' },
  addOffsetsToTxn: { key: 25, version: 1, name: 'AddOffsetsToTxn' },
  endTxn: { key: 26, version: 1, name: 'EndTxn' },
  txnOffsetCommit: { key: 28, version: 1, name: 'TxnOffsetCommit' },
  describeConfigs: { key: 32, version: 1, name: 'DescribeConfigs' },
} as const satisfies Readonly<Record<string, Api>>

/** Deadline for answers to requests that wait for nothing. */
export const answerWithinMs = 15_000
