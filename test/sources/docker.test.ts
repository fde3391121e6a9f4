import { expect, test } from 'bun:test'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type Arranged, contract, plantedSecret } from '../../connectors/contract.case.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { docker } from './docker/docker-connector.ts'
import { running } from './running.ts'
import { openSource } from './scan-all.ts'

const list = ['c1', 'c2'].map((Id) => ({ Id, Image: 'nginx', State: 'running' }))
const json =
  (body: unknown): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(body))

/** A stand-in for the daemon on a socket of its own. */
async function daemon(answer: RequestListener): Promise<Arranged & { readonly source: ReturnType<typeof openSource> }> {
  const folder = await temporaryFolder()
  const server = createServer(answer)
  const socket = join(folder.path, 'docker.sock')
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const reopen = () => openSource(docker, socket)
  return {
    source: reopen(),
    reopen,
    ids: list.map(({ Id }) => Id),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await folder[Symbol.asyncDispose]()
    },
  }
}

contract({
  name: 'the Docker of CONTRIBUTING.md',
  complete: () => daemon(json(list)),
  pages: 'a list is one answer',
  repeatedPage: 'a list is one answer',
  changedBetweenPages: 'a list is one answer',
  partialFailure: 'a list is one answer',
  denial: () => daemon((_, response) => response.writeHead(403).end()),
  throttling: () => daemon((_, response) => response.writeHead(429, { 'retry-after': '7' }).end()),
  garbage: () => daemon((_, response) => response.end('<html>')),
  silence: 'its deadline is the runner’s',
  cut: () =>
    daemon((_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write('[', () => response.destroy())
    }),
  cancellation: () => daemon(() => {}),
  secrets: () => daemon(json([{ ...list[0], Env: [`DB_PASSWORD=${plantedSecret}`] }])),
  restart: () => daemon(json(list)),
})

test('its containers are scanned, then followed, and one that is destroyed is gone without a scan', async () => {
  const following = Promise.withResolvers<ServerResponse>()
  await using at = await daemon((request, response) => {
    if (request.url?.startsWith('/events')) {
      response.writeHead(200).flushHeaders()
      following.resolve(response)
    } else response.end(JSON.stringify(list))
  })
  await using run = running([at.source])
  await until(async () => {
    await run.clock.advance(0)
    return run.targets()[0]?.state === 'following'
  })
  const [{ scope } = { scope: '' }] = run.targets()
  const events = await following.promise
  events.write(`${JSON.stringify({ Action: 'destroy', time: 1, container: list[0] })}\n`)
  await until(async () => run.sink.followed.length > 0)
  expect(run.sink.followed).toEqual([`gone ${scope}/c1`])
  expect(run.sink.scans).toHaveLength(1)
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
