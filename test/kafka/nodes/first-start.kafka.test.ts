import { afterAll, expect, test } from 'bun:test'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { ask, whenReady } from './outcome.ts'
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

test('a node whose session timeout the brokers refuse says so once, with what to change, and is not ready', async () => {
  const { brokers } = kafka.settings
  const redaction = { redaction_key: 'the same on every node of the test' }
  const impatient = { brokers, topic_prefix: 'refused', session_timeout: '900ms', ...redaction }
  await using node = vainoNode(kafka, 'refused', 2, { kafka: impatient })
  await node.start()
  const groups = ['processors', 'collectors', 'drift']
  const of = (group: string) => `the membership in refused.${group} broke`
  await until('it is ready but for that', async () => {
    const { status, body } = await ask(node, '/readyz')
    const { problems } = body as { problems: string[] }
    const isOfGroups = problems.every((problem) => /^the membership in refused\.\w+ broke: .*session/.test(problem))
    return status === 503 && problems.length === groups.length && isOfGroups
  })
  const told = node.stderr.split('\n').filter((line) => line.includes('"event":"membership_broken"'))
  for (const group of groups) {
    const errors = told.map((line) => JSON.parse(line).error).filter(({ message }) => message.includes(of(group)))
    expect(errors).toEqual([
      {
        code: 'broker_refused',
        message: expect.stringContaining('session timeout'),
        hint: expect.stringContaining('kafka.session_timeout'),
      },
    ])
  }
}, 60_000)
