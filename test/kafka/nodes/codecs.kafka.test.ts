import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openLogReader } from '../../../connectors/kafka/kafka.ts'
import { kafkajsPort } from '../../../connectors/kafka/kafkajs/kafkajs-port.ts'
import { crc32c } from '../../../connectors/kafka/wire/crc32c.ts'
import { produceTo } from '../../../connectors/kafka/wire/produce-request.ts'
import { batchBytes } from '../batch-bytes.ts'
import { startKafka } from '../cluster.ts'
import { consoleProduce } from '../console.ts'
import { readAll, textOf, until } from '../reading.ts'
import { ask, headerOf } from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-codecs-'))
const kafka = await startKafka({ folder, config: brokerConfig })
const reader = openLogReader(kafka.settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const prefix = 'codecs'
const topic = `${prefix}.resources`
const scope = 'push/-/-/thing'
const unknownCodec = 6
const attributesAt = 21
const record = (id: string) =>
  JSON.stringify({ kind: 'observed', scope, resource: { id, type: 'thing', provider: 'push' } })

const seal = (batch: Buffer): Buffer => {
  batch.writeUInt32BE(crc32c(batch.subarray(attributesAt)), 17)
  return batch
}

/** Appends one batch that says that it is compressed so; what is in it is not compressed. */
async function produceAs(codec: number, value: string): Promise<void> {
  const cluster = kafkajsPort.openCluster(kafka.settings)
  try {
    await cluster.connect()
    await cluster.follow([topic])
    const now = { baseTimestampMs: Date.now(), maxTimestampMs: Date.now() }
    const batch = batchBytes({ baseOffset: 0, records: [{ delta: 0, key: scope, value }], attributes: codec, ...now })
    // Of no producer that numbers its batches.
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(-1, 53)
    await produceTo(cluster, 1, { transactionalId: null, topic, partition: 0, batch: seal(batch), timeoutMs: 10_000 })
  } finally {
    await cluster.close()
  }
}

/** Gives the batch that holds a text an unknown codec, in the log file on the broker's disk. */
function recodeOnDisk(text: string): void {
  const file = path.join(folder, 'node-1', 'data', `${topic}-0`, '00000000000000000000.log')
  const log = readFileSync(file)
  for (let at = 0; at < log.length; ) {
    const batch = log.subarray(at, at + 12 + log.readInt32BE(at + 8))
    if (batch.includes(text)) {
      batch.writeInt16BE(unknownCodec, attributesAt)
      seal(batch)
    }
    at += batch.length
  }
  writeFileSync(file, log)
}

// How a batch of an unknown codec can come here at all: a broker decodes what is produced, and so refuses a codec that it
// doesn't know. But it hands out what lies on its disk as it lies there: of a newer version before it was set back, of another
// make of broker, or damaged.
test('I13: input is read in every compression that clients have, and a batch in an unknown one is a dead letter', async () => {
  await using node = vainoNode(kafka, prefix, 1)
  await node.start()
  const shows = (id: string) =>
    until(`${id} is shown`, async () => {
      const { status } = await ask(node, `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}`)
      return status === 200
    })
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  await Promise.all(codecs.map((codec) => consoleProduce(kafka, topic, codec, `${scope}\t${record(codec)}\n`)))
  for (const codec of codecs) await shows(codec)

  await expect(produceAs(unknownCodec, record('refused'))).rejects.toThrow('UNKNOWN_SERVER_ERROR')

  expect(await node.stop()).toBe(0)
  for (const id of ['before', 'victim', 'after']) await produceAs(0, record(id))
  await kafka.node(1).stop()
  recodeOnDisk('"victim"')
  await kafka.start()
  await node.start()
  await shows('before')
  await shows('after')
  const resources = (await ask(node, '/v1/resources')).body as { resources: { resource: { id: string } }[] }
  expect(resources.resources.map(({ resource }) => resource.id)).toEqual([...codecs, 'before', 'after'].toSorted())
  const letters = await readAll(reader, `${prefix}.deadletters`)
  expect(letters.map(({ headers }) => headerOf(headers, 'vaino_detail'))).toEqual([
    `offsets 6 to 6: the batch has compression codec ${unknownCodec}, which is unknown`,
  ])
  expect(letters.map(({ key }) => textOf(key))).toEqual([null])
}, 90_000)
