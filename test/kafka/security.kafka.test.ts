import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BrokerUnreachable, LoginRefused } from '../../connectors/kafka/broker/errors.ts'
import {
  describeCluster,
  diagnose,
  ensureTopics,
  joinGroup,
  type KafkaSasl,
  type KafkaSettings,
  lagOf,
  openLogReader,
  openTopicProducer,
  takePartition,
} from '../../connectors/kafka/kafka.ts'
import { kafkajsPort } from '../../connectors/kafka/kafkajs/kafkajs-port.ts'
import { makeCertificates } from './certificates.ts'
import { startKafka } from './cluster.ts'
import { until, valuesIn } from './reading.ts'
import { topicBatches } from './topic-batches.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-certificates-'))
const { ca, server, client } = makeCertificates(folder)
const pem = (text: string): string => text.trim().replaceAll('\n', '\\n')
const admin: KafkaSasl = { mechanism: 'scram-sha-512', username: 'admin', password: 'admin-secret' }
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

const kafka = await startKafka({
  client: { tls: { ca, ...client }, sasl: admin },
  config: {
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': pem(server.cert),
    'ssl.keystore.key': pem(server.key),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': pem(ca),
    'ssl.client.auth': 'required',
    'ssl.endpoint.identification.algorithm': '',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-256.sasl.jaas.config': `${scram};`,
    'listener.name.client.scram-sha-512.sasl.jaas.config': `${scram} username="admin" password="admin-secret";`,
    'listener.name.client.plain.sasl.jaas.config': `${plain} user_plain="plain-secret";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin;User:ANONYMOUS;User:plain',
  },
  format: [
    ...['--add-scram', 'SCRAM-SHA-512=[name=admin,password=admin-secret]'],
    ...['--add-scram', 'SCRAM-SHA-256=[name=small,password=small-secret]'],
  ],
})
const { settings } = kafka
const as = (sasl: KafkaSasl): KafkaSettings => ({ ...settings, sasl })
const small: KafkaSasl = { mechanism: 'scram-sha-256', username: 'small', password: 'small-secret' }

afterAll(async () => {
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

await ensureTopics(settings, {
  topics: [{ name: 'guarded', cleanup: 'delete', maxMessageBytes: 1_000_000 }],
  partitions: 1,
  replication: 1,
  create: true,
})

test('everything works over TLS with a private authority, a client certificate and SCRAM-SHA-512', async () => {
  await using producer = openTopicProducer(settings, { topic: 'guarded' })
  await producer.send(0, [{ key: null, value: 'sent' }])
  await using owned = await takePartition(settings, { idPrefix: 'g', group: 'g', inputTopic: 'guarded' }, 0)
  await owned.commit({ batches: topicBatches([{ topic: 'guarded', key: null, value: 'committed' }]), nextOffset: 1 })
  await using reader = openLogReader(settings)
  // The brokers show a transaction a moment after they have committed it.
  await until('both are there', async () => (await valuesIn(reader, 'guarded')).length === 2)
  expect(await valuesIn(reader, 'guarded')).toEqual(['sent', 'committed'])
  const owns = Promise.withResolvers<number>()
  await using group = joinGroup(
    settings,
    { group: 'g', topic: 'guarded' },
    { own: async (partition) => owns.resolve(partition), failed: () => undefined },
  )
  expect(await owns.promise).toBe(0)
  await until('it is noted', () => group.owned.length === 1)
})

test('PLAIN and SCRAM-SHA-256 are spoken too', async () => {
  const byPlain = await describeCluster(as({ mechanism: 'plain', username: 'plain', password: 'plain-secret' }))
  const byScram = await describeCluster(as(small))
  expect([byPlain.nodes.length, byScram.nodes.length]).toEqual([1, 1])
})

test('a wrong password, a missing permission and a missing authority are distinguished, at once', async () => {
  const told = (asking: Promise<unknown>) =>
    asking.then(
      () => 'accepted',
      ({ code, hint }) => `${code}: ${hint}`,
    )
  expect(await told(describeCluster(as({ ...admin, password: 'wrong' })))).toMatch(
    /^broker_refused: Check the user name/,
  )
  const { tls: _, ...withoutTls } = settings
  expect(await told(describeCluster({ ...settings, tls: { ...client } }))).toMatch(/^broker_unreachable: .*TLS.*ca/)
  expect(await told(describeCluster(withoutTls, 2000))).toMatch(/^broker_unreachable/)

  await using producer = openTopicProducer(as(small), { topic: 'guarded' })
  expect(await told(producer.send(0, [{ key: null, value: 'x' }]))).toMatch(/^broker_refused/)
  await using reader = openLogReader(as(small))
  expect(await told(valuesIn(reader, 'guarded'))).toMatch(/^broker_refused/)
  expect(await told(takePartition(as(small), { idPrefix: 'g', group: 'g', inputTopic: 'guarded' }, 0))).toMatch(
    /^broker_refused/,
  )
  await using wrong = openTopicProducer(as({ ...admin, password: 'wrong' }), { topic: 'guarded' })
  expect(await told(wrong.send(0, [{ key: null, value: 'x' }]))).toMatch(/^broker_refused/)
})

test('a Kafka client distinguishes a refused login, a refused topic and a failed handshake by its errors', async () => {
  const failureOf = async (tried: KafkaSettings) => {
    const cluster = kafkajsPort.openCluster(tried)
    try {
      await cluster.connect()
      await cluster.follow(['guarded'])
      return 'followed'
    } catch (error) {
      return error
    } finally {
      await cluster.close()
    }
  }
  expect(await failureOf(settings)).toBe('followed')
  expect(await failureOf(as({ ...admin, password: 'wrong' }))).toBeInstanceOf(LoginRefused)
  expect(await failureOf(as(small))).toMatchObject({ name: 'BrokerError', code: 29 })
  expect(await failureOf({ ...settings, tls: { ...client } })).toBeInstanceOf(BrokerUnreachable)
})

test('I9: what the client logs holds no password', async () => {
  const lines: string[] = []
  const log = ({ text }: { text: string }) => void lines.push(text)
  await describeCluster({ ...as({ ...admin, password: 'wrong-secret' }), log }).catch(() => undefined)
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join('\n')).not.toContain('wrong-secret')
})

test('a diagnosis of a healthy cluster finds nothing, and leaves nothing that a reader sees', async () => {
  const target = { topics: ['guarded'], group: 'g', idPrefix: 'g' }
  const before = Date.now()
  const found = await diagnose(settings, target)
  expect(found.permissions.filter(({ problem }) => problem !== null)).toEqual([])
  expect(found.permissions.map(({ permission }) => permission)).toContain('WRITE on the topic guarded')
  expect(found.brokers).toMatchObject([{ id: 1, address: settings.brokers[0], missing: [], problem: null }])
  // Both clocks are this machine's.
  expect(Math.abs(found.brokers[0]?.clockAheadMs ?? Number.NaN)).toBeLessThan(Date.now() - before)
  await using reader = openLogReader(settings)
  // The brokers show a transaction a moment after they have committed it.
  await until('both are there', async () => (await valuesIn(reader, 'guarded')).length === 2)
  expect(await valuesIn(reader, 'guarded')).toEqual(['sent', 'committed'])
  expect(await lagOf(settings, 'g', 'guarded')).toMatchObject([{ partition: 0, committed: 1 }])
})

test('a diagnosis names each permission that is missing, and each broker that is away', async () => {
  const away = { ...as(small), brokers: [...settings.brokers, '127.0.0.1:9'] }
  const found = await diagnose(away, { topics: ['guarded'], group: 'g', idPrefix: 'g' })
  expect(found.permissions.every(({ problem }) => problem !== null)).toBe(true)
  expect(found.permissions).toHaveLength(4)
  expect(found.brokers.map(({ address, problem }) => [address, problem === null])).toEqual([
    [settings.brokers[0] ?? '', true],
    ['127.0.0.1:9', false],
  ])
})
