import { z } from 'zod'
import type { AlertMessage } from '../message.ts'
import { incidentActions } from './incident.ts'
import { secret } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'
import { cut, linesOf } from './text.ts'

const options = z.strictObject({
  routing_key: secret('The integration key of a service (Events API v2).'),
  url: z
    .url()
    .prefault('https://events.pagerduty.com/v2/enqueue')
    .meta({ description: 'Where events go; the EU has `https://events.eu.pagerduty.com/v2/enqueue`.' }),
})

const severities = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' } as const
const maxSummary = 1_024
/** Characters; an event has at most 512 KB. */
const maxDetails = 20_000

const payloadOf = (message: AlertMessage) => ({
  summary: cut(message.title, maxSummary),
  source: 'vaino',
  severity: message.severity === null ? 'info' : severities[message.severity],
  timestamp: message.at,
  group: message.route,
  custom_details: {
    ...message.labels,
    message: message.id,
    open: message.still_open,
    what: linesOf(message, maxDetails),
  },
})

/** Events API v2: a group is an incident, and is resolved with the last of it. */
export const pagerduty: SinkKind<z.output<typeof options>> = {
  summary: 'Incidents of PagerDuty, by Events API v2.',
  short: 'routing_key',
  options,
  open: ({ routing_key, url }) => ({
    async send(message, signal) {
      let said = 'nothing to say'
      for (const { action, key } of incidentActions(message)) {
        const event =
          action === 'open'
            ? { event_action: 'trigger', payload: payloadOf(message), client: 'vaino' }
            : { event_action: 'resolve' }
        said = await post({ url, body: JSON.stringify({ routing_key, dedup_key: key, ...event }), signal })
      }
      return said
    },
  }),
}
