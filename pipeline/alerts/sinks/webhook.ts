import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import type { AlertMessage } from '../message.ts'
import { httpAddress, secret } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'

const options = z.strictObject({
  url: httpAddress('Where it is posted.'),
  secret: secret(
    'Signs each message as Standard Webhooks says: `whsec_` and 24 to 64 bytes in base64 (`echo whsec_$(openssl rand -base64 32)`).',
  ).optional(),
  headers: z
    .record(z.string().regex(/^[\w-]+$/), secret('Value.'))
    .optional()
    .meta({ description: 'Headers that are sent too: `{Authorization: "env:HOOK_TOKEN"}`.', 'x-secret': true }),
})

/** CloudEvents 1.0 as JSON, signed as Standard Webhooks has it. */
export const webhook: SinkKind<z.output<typeof options>> = {
  summary: 'A POST of CloudEvents 1.0 JSON, signed as Standard Webhooks says.',
  short: 'url',
  options,
  open({ url, secret: given, headers = {} }) {
    const key = given === undefined ? null : keyOf(given)
    return {
      send(message, signal) {
        const body = JSON.stringify(cloudEvent(message))
        const timestamp = String(Math.floor(Date.now() / 1000))
        const signed = {
          'webhook-id': message.id,
          'webhook-timestamp': timestamp,
          ...(key === null ? {} : { 'webhook-signature': signatureOf(key, message.id, timestamp, body) }),
        }
        const type = { 'content-type': 'application/cloudevents+json' }
        return post({ url, body, headers: { ...headers, ...type, ...signed }, signal })
      },
    }
  },
}

const cloudEvent = (message: AlertMessage) => ({
  specversion: '1.0',
  id: message.id,
  source: '/vaino',
  type: `io.vaino.alert.${message.kind}`,
  subject: message.incident,
  time: message.at,
  datacontenttype: 'application/json',
  data: message,
})

function signatureOf(key: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function keyOf(given: string): Buffer {
  const text = given.replace(/^whsec_/, '')
  const key = Buffer.from(text, 'base64')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && key.length >= 24 && key.length <= 64) return key
  throw new VainoError('bad_config', 'secret is no secret of Standard Webhooks', {
    hint: 'It is whsec_ and 24 to 64 bytes in base64: echo whsec_$(openssl rand -base64 32)',
  })
}
