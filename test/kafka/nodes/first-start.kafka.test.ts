import { afterAll, expect, test } from 'bun:test'
import { startKafka } from '../cluster.ts'
import { whenReady } from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const kafka = await startKafka({ nodes: 3, config: brokerConfig })

afterAll(() => kafka[Symbol.asyncDispose]())

test('the first node of an empty cluster waits for the topics that it has made, and logs no failure', async () => {
  // Many partitions: the brokers learn of their leadership one after the other.
  for (const prefix of ['first', 'second', 'third']) {
    await using node = vainoNode(kafka, prefix, 24)
    await node.start()
    await whenReady(node)
    expect(node.stderr.split('\n').filter((line) => /tried again|failed|warn|error/i.test(line))).toEqual([])
  }
}, 100_000)
