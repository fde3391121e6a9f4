import { chmod, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openSource } from '../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import type { ConnectorContext } from '../connector.ts'
import { type Arranged, contract, plantedSecret } from '../contract.case.ts'
import { terraform } from './connector.ts'

const names = ['a', 'b', 'c']
const ids = names.map((name) => `aws_instance.${name}`)
const state = (of: readonly string[] = names) => state4(of.map((name) => resource4(name, { id: name })))
const many = Array.from({ length: 300 }, (_, n) => `r${n}`)
const long = state(many)

async function files(contents: Readonly<Record<string, string>>, more: Partial<ConnectorContext> = {}) {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(contents)) await folder.write(name, text)
  const reopen = () => openSource(terraform, folder.path, {}, more)
  const arranged: Arranged = {
    source: reopen(),
    ids,
    reopen,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
  return { ...arranged, folder }
}

const streamed = { streamingThresholdBytes: 0 }

contract({
  name: 'Terraform files',
  complete: () => files({ 's.tfstate': state() }),
  pages: async () => ({
    ...(await files({ 's.tfstate': long }, streamed)),
    ids: many.map((name) => `aws_instance.${name}`),
  }),
  repeatedPage: () => files({ 's.tfstate': state(['a', 'b', 'c', 'a']) }),
  changedBetweenPages: async () => {
    const at = await files({ 's.tfstate': long }, streamed)
    const { source } = at
    let isFirst = true
    return {
      ...at,
      source: {
        name: source.name,
        targets: (signal) => source.targets(signal),
        scan: (target, out, signal) =>
          source.scan(
            target,
            {
              missed: (error) => out.missed(error),
              gone: (id) => out.gone(id),
              async observe(resource) {
                await out.observe(resource)
                if (isFirst) await writeFile(`${at.folder.path}/s.tfstate`, state())
                isFirst = false
              },
            },
            signal,
          ),
      },
    }
  },
  partialFailure: () => files({ 'a.tfstate': state(), 'b.tfstate': 'nothing of the kind' }),
  denial:
    process.getuid?.() === 0
      ? 'permissions do not bind root; terraform-source.test.ts reads as somebody else'
      : async () => {
          const at = await files({ 's.tfstate': state() })
          await chmod(`${at.folder.path}/s.tfstate`, 0)
          return at
        },
  throttling: 'files are not rationed',
  garbage: () => files({ 's.tfstate': '<html>all is well</html>' }),
  silence: 'a read of a file ends',
  cut: () => files({ 's.tfstate': state().slice(0, 300) }),
  cancellation: 'a read of a file ends; the address case stops a wait',
  secrets: () =>
    files({
      's.tfstate': state4([
        resource4(
          'a',
          { id: 'a', password: plantedSecret },
          {},
          {
            sensitive_attributes: [[{ type: 'get_attr', value: 'password' }]],
          },
        ),
      ]),
    }),
  restart: () =>
    files({ 's.tfstate': long }, streamed).then((at) => ({ ...at, ids: many.map((name) => `aws_instance.${name}`) })),
})

async function address(answer: RequestListener, options: Readonly<Record<string, unknown>> = {}): Promise<Arranged> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const reopen = () =>
    openSource(terraform, `http://me:${plantedSecret}@127.0.0.1:${port}/s?token=${plantedSecret}`, options)
  return {
    source: reopen(),
    ids,
    reopen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

contract({
  name: 'a Terraform address',
  complete: () => address((_, response) => response.end(state())),
  pages: () =>
    address((_, response) => {
      const text = state()
      response.write(text.slice(0, 200))
      response.end(text.slice(200))
    }),
  repeatedPage: () => address((_, response) => response.end(state(['a', 'b', 'c', 'a']))),
  changedBetweenPages: 'a state is one answer',
  partialFailure: 'an address is one scope, read in one answer',
  denial: () => address((_, response) => response.writeHead(403).end('no')),
  throttling: () => address((_, response) => response.writeHead(429, { 'retry-after': '7' }).end()),
  garbage: () => address((_, response) => response.end('<html>all is well</html>')),
  silence: () => address(() => {}, { timeout_seconds: 0.1 }),
  cut: () =>
    address((_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write(state().slice(0, 300), () => response.destroy())
    }),
  cancellation: () => address(() => {}),
  secrets: () => address((_, response) => response.writeHead(500).end(plantedSecret)),
  restart: () => address((_, response) => response.end(state())),
})
