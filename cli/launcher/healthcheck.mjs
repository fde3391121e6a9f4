// Ends with 0 when the vaino of this container is ready, for the HEALTHCHECK of the Dockerfile. It needs no token.

const port = (process.env.VAINO_LISTEN ?? '127.0.0.1:8420').split(':').at(-1)
const limitMs = 4000

try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(limitMs) })
  process.stdout.write(`${await response.text()}\n`)
  process.exitCode = response.ok ? 0 : 1
} catch (error) {
  process.stdout.write(`${error.message}\n`)
  process.exitCode = 1
}
