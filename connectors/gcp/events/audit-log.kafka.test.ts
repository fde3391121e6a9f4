import { afterAll, expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { emulatorJar } from '../../../test/gcp/pubsub-emulator.ts'
import { edit, entry, watchedLog } from '../../../test/gcp/watched-log.ts'
import { startKafka } from '../../../test/kafka/cluster.ts'
import { brokerConfig, vainoNode } from '../../../test/kafka/nodes/vaino-node.ts'
import { needs } from '../../../test/lanes.ts'

const isPossible = emulatorJar() !== null && needs.googleDocuments.found !== null
const kafka = isPossible ? await startKafka({ config: brokerConfig }) : null
afterAll(async () => {
  await kafka?.[Symbol.asyncDispose]()
})

test.skipIf(kafka === null)(
  'with Kafka too an event is read once, and acknowledged when its change is in the log',
  async () => {
    await using at = await watchedLog((config) => {
      if (kafka === null) throw new Error('there is no Kafka')
      return vainoNode(kafka, 'events', 4, config)
    })
    await using stream = await openFollower(`${at.vaino.url}/v1/changes?live=sse&offset=-1`)
    at.open()
    await at.publish(entry('edited', 'patch'))
    await stream.until('the edit was seen', () => stream.changes.some(({ op }) => op === 'u'))
    expect(stream.changes.find(({ op }) => op === 'u')).toMatchObject(edit)
    await until('the message is acknowledged', () => at.acknowledged() === 1, 120_000)
    expect(at.called('get')).toBe(1)
    expect(stream.changes.filter(({ op }) => op === 'u')).toHaveLength(1)
    expect(await at.vaino.stop()).toBe(0)
  },
  180_000,
)
