import { z } from 'zod'
import type { AlertMessage } from '../message.ts'
import { incidentActions } from './incident.ts'
import { httpAddress, secret } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'
import { linesOf } from './text.ts'

const options = z.strictObject({
  url: httpAddress('Where Alertmanager is, without `/api/v2`.'),
  authorization: secret('The header of that name: `Bearer …`, `Basic …`.').optional(),
})

/** An alert that is open is said once, so it stays for long. */
const openForMs = 30 * 86_400_000
/** Changes have no end; they stay long enough to be grouped and sent. */
const changeForMs = 5 * 60_000
const maxDescription = 8_000

/** Labels are what Alertmanager knows an alert by, so they don't change while it is open. */
function alertOf(message: AlertMessage, action: 'open' | 'close', key: string) {
  const atMs = Date.parse(message.at)
  const isOfChanges = key === message.id
  const endsAtMs = action === 'close' ? atMs : atMs + (isOfChanges ? changeForMs : openForMs)
  return {
    labels: {
      alertname: message.kind === 'test' ? 'VainoTest' : isOfChanges ? 'VainoChange' : 'VainoAlert',
      ...message.labels,
      route: message.route,
      incident: key,
    },
    annotations: {
      summary: message.title,
      description: linesOf(message, maxDescription).join('\n'),
      ...(message.severity === null ? {} : { worst: message.severity }),
    },
    ...(action === 'close' ? {} : { startsAt: message.at }),
    endsAt: new Date(endsAtMs).toISOString(),
  }
}

export const alertmanager: SinkKind<z.output<typeof options>> = {
  summary: "Alerts of Prometheus's Alertmanager, by its API v2.",
  short: 'url',
  options,
  open: ({ url, authorization }) => ({
    send(message, signal) {
      const alerts = incidentActions(message)
        .filter((_, at) => message.kind !== 'test' || at === 0)
        .map(({ action, key }) => alertOf(message, action, key))
      return post({
        url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
        body: JSON.stringify(alerts),
        headers: authorization === undefined ? {} : { authorization },
        signal,
      })
    },
  }),
}
