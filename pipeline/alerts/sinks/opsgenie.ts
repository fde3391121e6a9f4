import { z } from 'zod'
import type { AlertMessage } from '../message.ts'
import { incidentActions } from './incident.ts'
import { secret } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'
import { cut, linesOf } from './text.ts'

const options = z.strictObject({
  api_key: secret('The key of an API integration.'),
  url: z
    .url()
    .prefault('https://api.opsgenie.com')
    .meta({ description: 'The API; the EU has `https://api.eu.opsgenie.com`.' }),
})

const priorities = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P5' } as const
const maxMessage = 130
const maxDescription = 15_000

const alertOf = (message: AlertMessage, alias: string) => ({
  message: cut(message.title, maxMessage),
  alias,
  description: cut(linesOf(message, maxDescription - 100).join('\n'), maxDescription),
  priority: message.severity === null ? 'P5' : priorities[message.severity],
  source: 'vaino',
  tags: ['vaino', message.route],
  details: { ...message.labels, message: message.id, open: String(message.still_open) },
})

export const opsgenie: SinkKind<z.output<typeof options>> = {
  summary: 'Alerts of Opsgenie, by its Alert API.',
  short: 'api_key',
  options,
  open: ({ api_key, url }) => ({
    async send(message, signal) {
      const headers = { authorization: `GenieKey ${api_key}` }
      const base = `${url.replace(/\/+$/, '')}/v2/alerts`
      let said = 'nothing to say'
      for (const { action, key } of incidentActions(message)) {
        said =
          action === 'open'
            ? await post({ url: base, body: JSON.stringify(alertOf(message, key)), headers, signal })
            : await post({
                url: `${base}/${encodeURIComponent(key)}/close?identifierType=alias`,
                body: JSON.stringify({ source: 'vaino', note: cut(message.title, maxMessage) }),
                ...{ headers, signal },
              })
      }
      return said
    },
  }),
}
