import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hang } from '../../../test/hang.ts'
import { crowd } from '../../../test/kafka/crowd.ts'
import { openSocket } from './socket.ts'

const host = '127.0.0.1'

/** A process that listens and then hangs, with a full queue of connections. */
async function silentServer() {
  const script = `const server = require('node:net').createServer()
    server.listen({ port: 0, host: '${host}', backlog: 1 }, () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const port = Number(String((await once(child.stdout, 'data'))[0]))
  await hang(child.pid ?? 0)
  const crowded = crowd(host, port)
  return {
    port,
    [Symbol.dispose]() {
      crowded[Symbol.dispose]()
      child.kill('SIGKILL')
    },
  }
}

test('a connection that is never answered is closed at once by end(), and keeps no process alive', async () => {
  using server = await silentServer()
  let isConnected = false
  const socket = openSocket({
    host,
    port: server.port,
    // In the clear kafkajs leaves it out, whatever its types say.
    ssl: undefined as never,
    onConnect: () => {
      isConnected = true
    },
  })
  const closed = once(socket, 'close')
  socket.end()
  await closed
  expect(isConnected).toBe(false)
}, 10_000)
