import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { BackgroundProcess } from '../background-process.ts'
import { needs } from '../lanes.ts'

/** Google's own emulator of Pub/Sub, which comes with the Google Cloud CLI; null where this machine has none. */
export function emulatorJar(): string | null {
  const { gcloud, java } = needs
  if (gcloud.found === null || java.found === null) return null
  const folder = path.resolve(path.dirname(realpathSync(gcloud.found)), '../platform/pubsub-emulator/lib')
  const jar = existsSync(folder)
    ? readdirSync(folder).find((name) => /^cloud-pubsub-emulator-.*-all\.jar$/.test(name))
    : undefined
  return jar === undefined ? null : path.join(folder, jar)
}

export interface PubsubEmulator extends AsyncDisposable {
  readonly url: string
  /** One call of its API. */
  call(method: string, path: string, body?: object): Promise<unknown>
}

/** Starts the emulator and waits until it answers. */
export async function startPubsubEmulator(): Promise<PubsubEmulator> {
  const [jar, java] = [emulatorJar(), needs.java.found]
  if (jar === null || java === null) throw new Error('there is no emulator of Pub/Sub on this machine')
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-pubsub-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const running = new BackgroundProcess(java, path.join(folder, 'log'))
  running.start(['-Xmx256m', '-jar', jar, '--host=127.0.0.1', `--port=${port}`])
  const call = async (method: string, at: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/v1/${at}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  await answering(() => call('GET', 'projects/acme-shop/topics'))
  return {
    url,
    call,
    async [Symbol.asyncDispose]() {
      await running.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answering(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (true) {
    try {
      await ask()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** The emulator can't choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
