import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startVaino, vaino } from '../../cli/test-cli.ts'
import { ensureTopics, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import type { Finding } from '../../pipeline/doctor/finding.ts'
import { startKafka } from './cluster.ts'

const kafka = await startKafka()
const [broker = ''] = kafka.settings.brokers
const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-doctor-'))
afterAll(async () => {
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const env = { VAINO_KAFKA__REDACTION_KEY: 'the same on every node', VAINO_LIMITS__RECORD_SIZE: '500KB' }
const flagsOf = (prefix: string, brokers = broker): string[] => [
  ...['--transport', 'kafka', '--brokers', brokers, '--topic-prefix', prefix],
  ...['--listen', '127.0.0.1:0', '--data-dir', path.join(folder, prefix)],
]

async function examine(
  prefix: string,
  more: readonly string[] = [],
  extra: Readonly<Record<string, string>> = {},
  brokers = broker,
) {
  const args = ['doctor', '-o', 'json', ...flagsOf(prefix, brokers), ...more]
  const { code, stdout, stderr } = await vaino(args, { cwd: folder, env: { ...env, ...extra } })
  const all = JSON.parse(stdout) as Finding[]
  return { code, output: stdout + stderr, all, of: (check: string) => all.filter((finding) => finding.check === check) }
}
const bad = (all: readonly Finding[]) => all.filter(({ status }) => status === 'failed')

test('before the first start it says what will be made', async () => {
  const { all, of } = await examine('fresh')
  expect(bad(all)).toEqual([])
  expect(of('kafka')).toMatchObject([{ message: expect.stringMatching(/^cluster \S{22}, 1 broker, controller 1$/) }])
  expect(of(`broker ${broker}`)).toMatchObject([{ status: 'ok' }])
  expect(of('topic fresh.changes')).toMatchObject([
    { status: 'ok', message: expect.stringContaining('`vaino up` makes it: 8 partitions, 1 replica') },
  ])
})

test('beside a node that runs it finds all well, and the directory to be a copy of this log', async () => {
  await using node = startVaino(['up', ...flagsOf('running')], { cwd: folder, env })
  await node.until(/listening on/)
  const { all, of, code } = await examine('running')
  expect(bad(all)).toEqual([])
  expect(code).toBeLessThan(2)
  expect(of('topic running.state')).toMatchObject([{ status: 'ok' }])
  expect(of('permissions')).toMatchObject([{ status: 'ok', message: 'all 12 that were tried' }])
  expect(of('consumer lag')).toMatchObject([
    { status: 'ok', message: expect.stringMatching(/^the processors are \d+ messages? behind$/) },
  ])
  expect(of('data directory').map(({ message }) => message)).toEqual([
    expect.stringContaining('a running vaino has it open'),
    expect.stringContaining('is a copy of this log'),
  ])
  const other = await examine('running', ['--topic-prefix', 'another'])
  expect(other.of('data directory')).toMatchObject([
    { status: 'ok' },
    { status: 'failed', message: expect.stringContaining('belongs to another log') },
  ])
})

test('every topic with a wrong setting is listed, with what to do', async () => {
  const topics = ['resources', 'changes', 'deadletters'].map((name) => ({
    name: `wrong.${name}`,
    cleanup: name === 'changes' ? ('compact' as const) : ('delete' as const),
    maxMessageBytes: name === 'deadletters' ? 1000 : 2_000_000,
  }))
  await ensureTopics(kafka.settings, { topics, partitions: 8, replication: 1, create: true })
  const { of, code } = await examine('wrong', [], { VAINO_KAFKA__CREATE_TOPICS: 'false' })
  expect(code).toBe(2)
  expect(of('topic wrong.resources')).toMatchObject([{ status: 'ok' }])
  expect(of('topic wrong.changes')).toMatchObject([
    { status: 'failed', hint: expect.stringContaining('cleanup.policy') },
  ])
  expect(of('topic wrong.deadletters')).toMatchObject([
    { status: 'failed', hint: expect.stringContaining('max.message.bytes') },
  ])
  expect(of('topic wrong.state')).toMatchObject([
    { status: 'failed', message: expect.stringContaining('There is no topic') },
  ])
})

test('states that forget what was deleted sooner than vaino would are a warning, with what to do', async () => {
  const config = { 'delete.retention.ms': '1000' }
  const topic = { name: 'forgetful.state', cleanup: 'compact' as const, maxMessageBytes: 2_000_000, config }
  await ensureTopics(kafka.settings, { topics: [topic], partitions: 8, replication: 1, create: true })
  const { of, all } = await examine('forgetful')
  expect(bad(all)).toEqual([])
  const add = 'kafka-configs --alter --topic forgetful.state --add-config delete.retention.ms=2592000000'
  expect(of('topic forgetful.state')).toMatchObject([{ status: 'warning', message: expect.stringContaining(add) }])
})

test('a backlog that nobody processes is a warning', async () => {
  const topic = { name: 'backlog.resources', cleanup: 'delete' as const, maxMessageBytes: 2_000_000 }
  await ensureTopics(kafka.settings, { topics: [topic], partitions: 8, replication: 1, create: true })
  await using producer = openTopicProducer(kafka.settings, { topic: topic.name })
  await producer.send(
    0,
    Array.from({ length: 10_001 }, (_, n) => ({ key: null, value: `${n}` })),
  )
  const { of } = await examine('backlog')
  expect(of('consumer lag')).toMatchObject([
    { status: 'warning', message: expect.stringContaining('10001 messages behind') },
  ])
})

test('I9: brokers that do not answer, or refuse, are reported without the password', async () => {
  const secrets = {
    VAINO_KAFKA__SASL__MECHANISM: 'plain',
    VAINO_KAFKA__SASL__USERNAME: 'u',
    VAINO_KAFKA__SASL__PASSWORD: 'hunter2hunter2',
  }
  const refused = await examine('refused', [], secrets)
  expect(refused.of('kafka')).toMatchObject([{ status: 'failed' }])
  const away = await examine('away', [], secrets, '127.0.0.1:1')
  expect(away.of('kafka')).toMatchObject([{ status: 'failed', hint: expect.stringContaining('brokers run') }])
  expect(away.of('disk')).toHaveLength(1)
  expect(refused.output + away.output).not.toContain('hunter2')
})
