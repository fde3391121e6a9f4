import { z } from 'zod'
import { messageOf } from '../../../model/errors.ts'
import { secret } from './options.ts'
import { SinkFailure, type SinkKind } from './sink.ts'
import { cut, linesOf } from './text.ts'

const address = z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/, 'expected an address such as ops@example.org')

const options = z.strictObject({
  url: secret(
    'The server: `smtps://USER:PASSWORD@HOST:465`, or `smtp://HOST:587`, which goes over to TLS where the server offers it.',
  ),
  from: address.meta({ description: "The sender's address." }),
  to: z.array(address).min(1).max(100).meta({ description: "The receivers' addresses." }),
})

/** Milliseconds for the server's next word. */
const timeoutMs = 15_000
const maxSubject = 200
const maxText = 50_000

/** RFC 5321: 5yz of the message itself says that it would be refused again. */
const finalCodes = new Set([552, 554])

export const smtp: SinkKind<z.output<typeof options>> = {
  summary: 'A mail.',
  short: null,
  options,
  open: ({ url, from, to }) => ({
    async send(message, signal) {
      // Loaded late: most have no mail to send.
      const { createTransport } = await import('nodemailer')
      const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
      const transport = createTransport({ url, ...limits, disableFileAccess: true, disableUrlAccess: true })
      const stop = () => transport.close()
      signal.addEventListener('abort', stop, { once: true })
      try {
        const { response } = await transport.sendMail({
          ...{ from, to: [...to] },
          subject: cut(`[vaino] ${message.title}`, maxSubject),
          text: `${message.title}\n\n${linesOf(message, maxText).join('\n')}\n\nvaino, route ${message.route}\n`,
          // One that is sent again has the same id, by which mailboxes know it.
          messageId: `<${message.id}@vaino>`,
          headers: { 'X-Vaino-Incident': message.incident, 'Auto-Submitted': 'auto-generated' },
        })
        return cut(response, 200)
      } catch (error) {
        const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
        throw new SinkFailure(messageOf(error), { isFinal: finalCodes.has(code), cause: error })
      } finally {
        signal.removeEventListener('abort', stop)
        transport.close()
      }
    },
  }),
}
