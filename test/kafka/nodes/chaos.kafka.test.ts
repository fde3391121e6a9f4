import { afterAll, expect, test } from 'bun:test'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { readHistories } from '../../crash/key-histories.ts'
import { planRequests } from '../../crash/request-plan.ts'
import { seedOf } from '../../random.ts'
import { startKafka } from '../cluster.ts'
import { readAll } from '../reading.ts'
import { inputTo } from './input.ts'
import {
  embeddedHistories,
  headerOf,
  snapshotOf,
  sorted,
  stateInTopic,
  topicHistories,
  whenMarked,
  whenReady,
} from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const killsOfARound = 5
/** Fewer where somebody waits for the test, more where somebody looks for a fault: KAFKA_KILLS=100. */
const rounds = Math.ceil(Number(process.env.KAFKA_KILLS ?? 10) / killsOfARound)
const partitions = 3
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

test(
  'I1, I2, I3, I11: processors are killed, stopped, frozen and joined under load, and the changes are those of an undisturbed run, each once',
  async () => {
    const seed = seedOf()
    console.log(`VAINO_SEED=${seed}`)
    const prefix = 'chaos'
    await using a = vainoNode(kafka, prefix, partitions)
    await using b = vainoNode(kafka, prefix, partitions)
    await using c = vainoNode(kafka, prefix, partitions)
    await Promise.all([a.start(), b.start()])
    await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
    const input = inputTo(producer, partitions)

    let isOver = false
    const plans = planRequests(seed, 6, 4_000)
    let sent = 0
    const sending = Promise.all(
      plans.map(async (plan) => {
        for (const { body } of plan) {
          if (isOver) return
          await input.send(body)
          sent++
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }),
    )
    await using stopping = new AsyncDisposableStack()
    const stop = stopping.adopt(
      async () => {
        isOver = true
        await sending
      },
      (end) => end(),
    )
    let kills = 0
    const kill = async (node: typeof a) => {
      kills++
      await node.kill()
    }
    let marks = 0
    const goesOn = async (...nodes: (typeof a)[]) => {
      const id = `mark-${marks++}`
      await input.mark(id)
      try {
        for (const node of nodes) await whenMarked(node, id, partitions)
      } catch (error) {
        for (const node of [a, b, c]) console.log(node.url, node.stderr.slice(-6_000))
        throw error
      }
    }

    for (let round = 0; round < rounds; round++) {
      await goesOn(a, b)
      await kill(a)
      await goesOn(b)
      await a.start()
      await goesOn(a)
      await kill(b)
      await b.start()
      await goesOn(a, b)
      await c.start()
      await goesOn(c)
      await a.hang()
      await goesOn(b, c)
      a.goOn()
      await goesOn(a)
      expect(await c.stop()).toBe(0)
      await goesOn(a, b)
      await Promise.all([kill(a), kill(b)])
      await Promise.all([a.start(), b.start()])
      await goesOn(a, b)
      expect(await b.stop()).toBe(0)
      await kill(a)
      await Promise.all([a.start(), b.start(), c.start()])
      await goesOn(a, b, c)
      // Else it would be the next round's newcomer no more.
      if (round < rounds - 1) expect(await c.stop()).toBe(0)
    }
    await stop()
    await goesOn(a, b, c)
    for (const node of [a, b, c]) await whenReady(node)

    const expected = sorted(await embeddedHistories(reader, prefix, partitions))
    const told = sorted(await topicHistories(reader, prefix, partitions))
    expect(Object.keys(told)).toEqual(Object.keys(expected))
    for (const key of Object.keys(expected)) expect({ key, list: told[key] }).toEqual({ key, list: expected[key] })
    const state = await stateInTopic(reader, prefix, partitions)
    for (const node of [a, b, c]) {
      expect(sorted(await readHistories(node.url))).toEqual(expected)
      expect(await snapshotOf(node)).toEqual(state)
    }
    // Whoever is killed again and again has not died of what it was at.
    for (let partition = 0; partition < partitions; partition++) {
      const letters = await readAll(reader, `${prefix}.deadletters`, partition)
      const reasons = letters.map(({ headers }) => headerOf(headers, 'vaino_reason'))
      expect(reasons).not.toContain('crashed_worker')
    }
    const changes = Object.values(expected).reduce((sum, list) => sum + list.length, 0)
    expect(kills).toBe(rounds * killsOfARound)
    console.log(`${kills} kills, ${sent} requests, ${state.length} resources, ${changes} changes`)
    expect(a.stderr + b.stderr + c.stderr).not.toContain('rebuilt')
  },
  180_000 * rounds,
)
