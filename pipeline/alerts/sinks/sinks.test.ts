import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { HttpReceiver } from '../../../test/http-receiver.ts'
import type { AlertItem } from '../alert.ts'
import { type AlertMessage, incidentOf, testMessage, titleOf } from '../message.ts'
import { openSink } from './open-sinks.ts'
import { retryAfterMs } from './post.ts'
import { SinkFailure } from './sink.ts'

const item: AlertItem = {
  ...{ source: 'drift', subject: 's1', event: 'open', at: '2026-11-30T12:00:00.000Z', severity: 'critical' },
  ...{ owner: 'web', scope: 'terraform/app/-/state', key: 'terraform/app/-/live/aws_security_group.web' },
  ...{ type: 'aws_security_group', name: 'aws_security_group.web', provider: 'aws', account: '111122223333' },
  ...{ region: 'eu-west-1', namespace: null, status: 'changed', tier: 'state', replaced: false, op: null },
  ...{ condition: null, actor: { arn: 'arn:aws:iam::111122223333:user/eve' }, omitted: 0, message: null },
  fields: [{ path: 'ingress[0].cidr_blocks', before: '["10.0.0.0/8"]', after: '["0.0.0.0/0"]' }],
  duration_seconds: null,
}

function messageOf(of: Partial<AlertMessage> = {}): AlertMessage {
  const message: Omit<AlertMessage, 'title'> = {
    ...{ id: 'm1', at: '2026-11-30T12:00:00.000Z', kind: 'report', route: 'default', severity: 'critical' },
    incident: incidentOf('default', 'g'),
    labels: { scope: 'terraform/app/-/state' },
    ...{ counts: { open: 1, changed: 0, resolved: 0, changes: 0 }, still_open: 1, items: [item], omitted: 0 },
    ...of,
  }
  return { ...message, title: titleOf(message) }
}
const over = messageOf({
  ...{ id: 'm2', at: '2026-11-30T13:00:00.000Z', items: [{ ...item, event: 'resolved' }], still_open: 0 },
  counts: { open: 0, changed: 0, resolved: 1, changes: 0 },
})

const signal = new AbortController().signal
const noFile = { environment: {}, readFile: () => '' }
const open = (kind: string, options: object) => openSink('ops', { kind, options: { ...options } }, noFile)
const send = (kind: string, options: object, message: AlertMessage) => open(kind, options).sink.send(message, signal)

async function failureOf(sending: Promise<string>): Promise<SinkFailure> {
  try {
    await sending
  } catch (error) {
    if (error instanceof SinkFailure) return error
    throw error
  }
  throw new Error('it was taken')
}

test('a webhook gets a CloudEvent that an implementation of Standard Webhooks takes as signed', async () => {
  await using receiver = await HttpReceiver.open()
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const headers = { Authorization: 'Bearer t0ken' }
  await send('webhook', { url: `${receiver.url}/hook`, secret, headers }, messageOf())
  const [request] = receiver.received
  if (request === undefined) throw new Error('nothing came')
  const event = new Webhook(secret).verify(request.body, { ...request.headers }) as { data: AlertMessage }
  expect(() => new Webhook(secret).verify(`${request.body} `, { ...request.headers })).toThrow()
  expect(event).toMatchObject({ specversion: '1.0', id: 'm1', type: 'io.vaino.alert.report', source: '/vaino' })
  expect(event.data).toEqual(messageOf())
  expect(request.headers).toMatchObject({
    'content-type': 'application/cloudevents+json',
    authorization: 'Bearer t0ken',
    'webhook-id': 'm1',
  })
})

test('Slack gets a text and blocks in its own formatting, within its limits', async () => {
  await using receiver = await HttpReceiver.open()
  const items = Array.from({ length: 50 }, (_, n) => ({ ...item, name: `aws_instance.a["<${n}>"]` }))
  await send(
    'slack',
    { url: receiver.url },
    messageOf({ items, counts: { open: 900, changed: 0, resolved: 0, changes: 0 }, omitted: 850 }),
  )
  const [{ text, blocks }] = receiver.bodies as [{ text: string; blocks: { type: string; text?: { text: string } }[] }]
  expect(text).toBe('900 opened (scope terraform/app/-/state)')
  expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context'])
  const section = blocks[1]?.text?.text ?? ''
  expect(section.length).toBeLessThanOrEqual(3_000)
  expect(section).toContain('• critical: aws_instance.a["&lt;0&gt;"] drifted in terraform/app/-/state')
  expect(section).toContain('  ingress[0].cidr_blocks: ["10.0.0.0/8"] → ["0.0.0.0/0"]')
  expect(section).toContain('  by arn:aws:iam::111122223333:user/eve')
  expect(section).toMatch(/and 8\d\d more/)
})

test('Teams gets an adaptive card under its 28 KB', async () => {
  await using receiver = await HttpReceiver.open()
  await send('teams', { url: receiver.url }, messageOf({ items: new Array<AlertItem>(50).fill(item) }))
  const body = receiver.received[0]?.body ?? ''
  expect(body.length).toBeLessThan(28_000)
  const { type, attachments } = JSON.parse(body)
  expect([type, attachments[0].contentType]).toEqual(['message', 'application/vnd.microsoft.card.adaptive'])
  const { content } = attachments[0]
  expect([content.type, content.version, content.body[0].color]).toEqual(['AdaptiveCard', '1.4', 'attention'])
  expect(content.body.at(-4).text).toContain('by arn:aws:iam')
})

test('PagerDuty gets a trigger for what opens and a resolve with the same key for its end', async () => {
  await using receiver = await HttpReceiver.open()
  const options = { routing_key: 'r'.repeat(32), url: `${receiver.url}/v2/enqueue` }
  await send('pagerduty', options, messageOf())
  await send('pagerduty', options, over)
  const [opened, closed] = receiver.bodies as [Record<string, unknown>, Record<string, unknown>]
  expect(opened).toMatchObject({
    ...{ routing_key: 'r'.repeat(32), event_action: 'trigger', dedup_key: messageOf().incident },
    payload: {
      summary: 'critical: aws_security_group.web drifted in terraform/app/-/state',
      ...{ source: 'vaino', severity: 'critical', timestamp: '2026-11-30T12:00:00.000Z' },
    },
  })
  expect(closed).toEqual({ routing_key: 'r'.repeat(32), event_action: 'resolve', dedup_key: messageOf().incident })
})

test('PagerDuty gets changes, which have no end, as incidents of their own', async () => {
  await using receiver = await HttpReceiver.open()
  const change: AlertItem = { ...item, source: 'changes', event: 'change', op: 'd', status: null }
  const counts = { open: 0, changed: 0, resolved: 0, changes: 1 }
  await send(
    'pagerduty',
    { routing_key: 'r', url: receiver.url },
    messageOf({ items: [change], counts, still_open: 0 }),
  )
  expect(receiver.bodies).toMatchObject([{ event_action: 'trigger', dedup_key: 'm1' }])
})

test('Opsgenie gets an alert with an alias, and closes it by that', async () => {
  await using receiver = await HttpReceiver.open()
  const options = { api_key: 'k3y-k3y-k3y', url: receiver.url }
  await send('opsgenie', options, messageOf())
  await send('opsgenie', options, over)
  const { incident } = messageOf()
  expect(receiver.received.map(({ path }) => path)).toEqual([
    '/v2/alerts',
    `/v2/alerts/${incident}/close?identifierType=alias`,
  ])
  expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual([
    'GenieKey k3y-k3y-k3y',
    'GenieKey k3y-k3y-k3y',
  ])
  expect(receiver.bodies[0]).toMatchObject({ alias: incident, priority: 'P1', source: 'vaino' })
})

test('Alertmanager gets an alert, and its end under the same labels', async () => {
  await using receiver = await HttpReceiver.open()
  await send('alertmanager', { url: `${receiver.url}/am/` }, messageOf())
  await send('alertmanager', { url: `${receiver.url}/am/` }, over)
  expect(receiver.received.map(({ path }) => path)).toEqual(['/am/api/v2/alerts', '/am/api/v2/alerts'])
  const [[opened], [closed]] = receiver.bodies as [
    [{ labels: object; startsAt: string; endsAt: string; annotations: { summary: string } }],
    [{ labels: object; endsAt: string }],
  ]
  expect(opened.labels).toMatchObject({ alertname: 'VainoAlert', scope: 'terraform/app/-/state', route: 'default' })
  expect(closed.labels).toEqual(opened.labels)
  expect(Date.parse(opened.endsAt)).toBeGreaterThan(Date.parse(opened.startsAt) + 86_400_000)
  expect(closed.endsAt).toBe('2026-11-30T13:00:00.000Z')
})

test('a mail goes through a real SMTP server, with an id by which mailboxes know one that comes twice', async () => {
  const mails: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) =>
      username === 'vaino' && password === 's3cret' ? done(null, { user: username }) : done(new Error('no')),
    onData(stream, _, done) {
      let mail = ''
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString('utf8')))
      stream.on('end', () => {
        mails.push(mail)
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  const options = { from: 'vaino@example.org', to: ['ops@example.org', 'sec@example.org'] }
  try {
    await send('smtp', { ...options, url: `smtp://vaino:s3cret@127.0.0.1:${port}` }, messageOf())
    expect(mails[0]).toContain('Subject: [vaino] critical: aws_security_group.web drifted')
    expect(mails[0]).toContain('Message-ID: <m1@vaino>')
    expect(mails[0]).toContain('To: ops@example.org, sec@example.org')
    const refused = open('smtp', { ...options, url: `smtp://vaino:wr0ngpass@127.0.0.1:${port}` })
    const { message, isFinal } = await failureOf(refused.sink.send(messageOf(), signal))
    expect(message).toContain('535')
    expect(isFinal).toBe(false)
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
})

test('a command gets the message on its standard input, as it is written and without a shell', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-command-'))
  try {
    const out = path.join(folder, 'out $(id)')
    writeFileSync(
      path.join(folder, 'take'),
      '#!/bin/sh\ncat > "$1"; [ "$2" = well ] || { echo "no: $2" >&2; exit 3; }\n',
      {
        mode: 0o755,
      },
    )
    await send('command', { argv: [path.join(folder, 'take'), out, 'well'] }, messageOf())
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(messageOf())
    const failure = await failureOf(send('command', { argv: [path.join(folder, 'take'), out, 'ill; x'] }, messageOf()))
    expect(failure.message).toBe('it ended with 3: no: ill; x')
    const missing = await failureOf(send('command', { argv: [path.join(folder, 'none')] }, messageOf()))
    expect(missing.message).toContain("can't be started")
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a redirect is not followed, and a refusal of the message itself is final', async () => {
  await using receiver = await HttpReceiver.open()
  await using elsewhere = await HttpReceiver.open()
  receiver.answer = () => ({ status: 307, headers: { location: elsewhere.url } })
  const redirected = await failureOf(send('webhook', { url: receiver.url }, messageOf()))
  expect([redirected.message, redirected.isFinal, elsewhere.received.length]).toEqual([
    '307: it redirects, which is not followed; name the address that it leads to',
    false,
    0,
  ])
  receiver.answer = () => ({ status: 400, body: 'invalid_blocks' })
  const refused = await failureOf(send('slack', { url: receiver.url }, messageOf()))
  expect([refused.message, refused.isFinal]).toEqual(['400: invalid_blocks', true])
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '7' } })
  const throttled = await failureOf(send('slack', { url: receiver.url }, messageOf()))
  expect([throttled.isFinal, throttled.retryAfterMs]).toEqual([false, 7_000])
})

test('Retry-After is seconds or a date, at most an hour', () => {
  const nowMs = Date.parse('2026-11-30T12:00:00Z')
  expect(retryAfterMs('Mon, 30 Nov 2026 12:00:30 GMT', nowMs)).toBe(30_000)
  expect(retryAfterMs('Mon, 30 Nov 2026 11:00:00 GMT', nowMs)).toBe(0)
  expect(retryAfterMs('86400', nowMs)).toBe(3_600_000)
  expect(retryAfterMs('soon', nowMs)).toBeNull()
})

test('I9: a text about a sink has nothing of its address, its keys or what stands in a file', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = ({ path: asked, headers }) => ({ status: 500, body: `no ${asked} ${headers.authorization}` })
  const url = `${receiver.url}/services/T0001/B0002/planted-secret`
  const opened = openSink(
    'ops',
    { kind: 'webhook', options: { url: 'env:HOOK', headers: { Authorization: 'file:token' } } },
    { environment: { HOOK: url }, readFile: () => 'Bearer planted-token' },
  )
  const { message } = await failureOf(opened.sink.send(messageOf(), signal))
  expect(message).toContain('planted-secret')
  expect(message).toContain('planted-token')
  expect(opened.redact(message)).toBe('500: no (hidden) (hidden)')
  const wrong = { kind: 'slack', options: { url: 'planted-secret.example.org' } }
  expect(() => openSink('ops', wrong, noFile)).toThrow('expected an address that begins with http:// or https://')
})

test('every kind takes a test message, which opens nothing that stays open', async () => {
  await using receiver = await HttpReceiver.open()
  for (const [kind, options] of [
    ['webhook', { url: receiver.url }],
    ['slack', { url: receiver.url }],
    ['teams', { url: receiver.url }],
    ['pagerduty', { routing_key: 'r', url: receiver.url }],
    ['opsgenie', { api_key: 'k', url: receiver.url }],
    ['alertmanager', { url: receiver.url }],
  ] as const)
    await send(kind, options, testMessage('ops', 0))
  const actions = receiver.bodies.map((body) => (body as { event_action?: string }).event_action ?? '')
  expect(actions.filter((action) => action !== '')).toEqual(['trigger', 'resolve'])
  expect(receiver.received.every(({ body }) => /Test message: nothing has happened|resolve/.test(body))).toBe(true)
})
