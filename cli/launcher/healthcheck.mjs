// Ends with 0 when the vaino of this container is ready, for the HEALTHCHECK of the Dockerfile. It needs no token.
import http from 'node:http'
import https from 'node:https'

const port = (process.env.VAINO_LISTEN ?? '127.0.0.1:8420').split(':').at(-1)
const limitMs = 4000

/** The certificate is for the name that others use, and this asks its own machine. */
const ask = (client) =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/readyz', timeout: limitMs, rejectUnauthorized: false }
    const request = client.get(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve({ isReady: response.statusCode === 200, text }))
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${limitMs} ms`)))
    request.on('error', reject)
  })

try {
  // With `tls` the server takes no HTTP, and says so by an error.
  const { isReady, text } = await ask(http).catch(() => ask(https))
  process.stdout.write(`${text}\n`)
  process.exitCode = isReady ? 0 : 1
} catch (error) {
  process.stdout.write(`${error.message}\n`)
  process.exitCode = 1
}
