import { z } from 'zod'
import { httpAddress } from './options.ts'
import { post } from './post.ts'
import type { SinkKind } from './sink.ts'
import { cut, linesOf } from './text.ts'

const options = z.strictObject({ url: httpAddress("The incoming webhook's address.") })

/** Characters of a section's text; Slack takes 3,000. */
const maxSection = 2_800
/** Characters of a header; Slack takes 150. */
const maxHeader = 150

/** As Slack's own formatting wants it. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const slack: SinkKind<z.output<typeof options>> = {
  summary: "A message to a Slack channel, by an incoming webhook's address.",
  short: 'url',
  options,
  open: ({ url }) => ({
    send(message, signal) {
      const lines = escaped(linesOf(message, maxSection / 2).join('\n'))
      const blocks = [
        { type: 'header', text: { type: 'plain_text', text: cut(message.title, maxHeader), emoji: false } },
        ...(lines === ''
          ? []
          : [{ type: 'section', text: { type: 'mrkdwn', text: cut(lines, maxSection), verbatim: true } }]),
        { type: 'context', elements: [{ type: 'plain_text', text: `vaino, route ${message.route}, ${message.id}` }] },
      ]
      return post({ url, body: JSON.stringify({ text: escaped(message.title), blocks }), signal })
    },
  }),
}
