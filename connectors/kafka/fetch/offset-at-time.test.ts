import { expect, test } from 'bun:test'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import type { BrokerRequest, Throttled } from '../broker/request.ts'
import { offsetAtTime } from './offset-at-time.ts'

/** A broker with one partition, which gets a record between each two answers. */
function growingLog(): { port: BrokerPort; length: () => number } {
  let length = 0
  const timestampAt = 4 + 1 + 4 + 2 + 't'.length + 4 + 4
  const cluster: Cluster = {
    connect: async () => undefined,
    close: async () => undefined,
    follow: async () => undefined,
    refresh: async () => undefined,
    refreshIfOld: async () => undefined,
    nodeIds: () => [1],
    partitionsOf: () => [{ partition: 0, leader: 1 }],
    describe: () => Promise.reject(new Error('not asked')),
    async send<T extends Throttled>(_node: number, { body }: BrokerRequest<T>): Promise<T> {
      const wanted = Buffer.from(body).readBigInt64BE(timestampAt)
      // No record is as young as the time that is asked for.
      const offset = wanted === -1n ? length : wanted === -2n ? 0 : -1
      length++
      return { throttleMs: 0, partitions: [{ partition: 0, errorCode: 0, offset }] } as unknown as T
    },
  }
  const beMember = () => Promise.reject(new Error('no group is joined'))
  return { port: { openCluster: () => cluster, beMember }, length: () => length }
}

test('I1: a record that arrives while the end is asked for stands behind it', async () => {
  const { port, length } = growingLog()
  expect(await offsetAtTime(port, { brokers: ['127.0.0.1:1'] }, 't', 0, Date.now())).toBe(0)
  expect(length()).toBe(2)
})
