import { z } from 'zod'
import { httpAddress } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'
import { linesOf } from './text.ts'

const options = z.strictObject({ url: httpAddress("The workflow's address.") })

/** Characters of the text; Teams takes 28 KB in all. */
const maxText = 5_000

const colors = { critical: 'attention', high: 'attention', medium: 'warning', low: 'accent' } as const

/** An Adaptive Card, as the workflow "Post to a channel when a webhook request is received" takes it. */
export const teams: SinkKind<z.output<typeof options>> = {
  summary: "A card in a Microsoft Teams channel, by a workflow's address.",
  short: 'url',
  options,
  open: ({ url }) => ({
    send(message, signal) {
      const { title, severity, route, id } = message
      const text = (value: string, more: object = {}) => ({ type: 'TextBlock', text: value, wrap: true, ...more })
      const lines = linesOf(message, maxText).map((line) => text(line, { spacing: 'None' }))
      const content = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          text(title, {
            weight: 'Bolder',
            size: 'Medium',
            color: severity === null ? 'default' : colors[severity],
          }),
          ...lines,
          text(`vaino, route ${route}, ${id}`, { isSubtle: true, size: 'Small' }),
        ],
      }
      const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
      return post({ url, body: JSON.stringify({ type: 'message', attachments: [attachment] }), signal })
    },
  }),
}
