import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openSource } from '../../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { type Arranged, contract, plantedSecret } from '../../contract.case.ts'
import { terraform } from '../connector.ts'
import { worldOf } from '../live/test-world.ts'
import { terraformOptions } from '../options.ts'
import { azurermPlace } from './azurerm.ts'
import { gcsPlace } from './gcs.ts'
import type { Place } from './place.ts'
import { PlaceSource } from './place-source.ts'
import { s3Place } from './s3.ts'
import { tfePlace } from './tfe.ts'

const names = ['a', 'b', 'c']
const ids = names.map((name) => `aws_instance.${name}`)
const state = (of: readonly string[] = names) => state4(of.map((name) => resource4(name, { id: name })))

interface Kind {
  readonly name: string
  place(endpoint: string): Place
  /** Whether a request asks for the bytes of the state; the stand-in answers all others itself. */
  isRead(method: string, url: string): boolean
  readonly before: RequestListener
}

/** Each place over a stand-in on loopback that follows the published contract as far as one state needs it. */
const kinds: readonly Kind[] = [
  {
    name: 'a state in S3',
    place: (endpoint) =>
      s3Place(`s3://bucket/key?endpoint=${endpoint}`, {
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: plantedSecret,
        AWS_SESSION_TOKEN: plantedSecret,
        AWS_REGION: 'eu-west-1',
      }),
    isRead: (method) => method === 'GET',
    before: (_, response) => void response.writeHead(200, { etag: '"1"' }).end(),
  },
  {
    name: 'a state of HCP Terraform',
    place(endpoint) {
      const { host } = new URL(endpoint)
      return tfePlace(
        `tfe://${host}/corp/prod`,
        { [`TF_TOKEN_${host.replaceAll(/[.:]/g, '_')}`]: plantedSecret },
        '/nowhere',
      )
    },
    isRead: (_, url) => url === '/archive',
    before({ url = '' }, response) {
      const answers: Readonly<Record<string, object>> = {
        '/.well-known/terraform.json': { 'tfe.v2': '/api/v2/' },
        '/api/v2/organizations/corp/workspaces/prod': {
          data: { id: 'ws-1', attributes: { name: 'prod' }, relationships: {} },
        },
        '/api/v2/workspaces/ws-1/current-state-version': {
          data: { id: 'sv-1', attributes: { 'hosted-state-download-url': '/archive' } },
        },
      }
      response.end(JSON.stringify(answers[url] ?? {}))
    },
  },
  {
    name: 'a state in Google Cloud Storage',
    place: (endpoint) =>
      gcsPlace(`gs://bucket/key?endpoint=${endpoint}`, { GOOGLE_OAUTH_ACCESS_TOKEN: plantedSecret }, '/nowhere'),
    isRead: (_, url) => url.endsWith('?alt=media'),
    before: (_, response) => void response.end('{"name":"key","generation":"1"}'),
  },
  {
    name: 'a state in Azure Blob Storage',
    place: (endpoint) =>
      azurermPlace(`azurerm://account/container/key?endpoint=${endpoint}`, {
        ARM_SAS_TOKEN: `sv=2021-12-02&sig=${plantedSecret}`,
      }),
    isRead: (method) => method === 'GET',
    before: (_, response) => void response.writeHead(200, { etag: '"1"' }).end(),
  },
]

for (const { name, place, isRead, before } of kinds) {
  const arranged = async (
    answer: RequestListener,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<Arranged> => {
    const server = createServer((request, response) => {
      const { method = '', url = '' } = request
      return isRead(method, url) ? answer(request, response) : before(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const open: typeof terraform.open = (_, given, context) =>
      new PlaceSource(place(endpoint), given, context, worldOf({}))
    const reopen = () => openSource({ ...terraform, options: terraformOptions, open }, 'x', options)
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
    name,
    complete: () => arranged((_, response) => response.end(state())),
    pages: () =>
      arranged((_, response) => {
        const text = state()
        response.write(text.slice(0, 200))
        response.end(text.slice(200))
      }),
    repeatedPage: () => arranged((_, response) => response.end(state(['a', 'b', 'c', 'a']))),
    changedBetweenPages: 'a state is one answer',
    partialFailure: 'one state is one scope, read in one answer',
    denial: () => arranged((_, response) => response.writeHead(403).end('no')),
    throttling: () => arranged((_, response) => response.writeHead(429, { 'retry-after': '7' }).end()),
    garbage: () => arranged((_, response) => response.end('<html>all is well</html>')),
    silence: () => arranged(() => {}, { timeout_seconds: 0.1 }),
    cut: () =>
      arranged((_, response) => {
        response.writeHead(200, { 'content-length': '5000' })
        response.write(state().slice(0, 300), () => response.destroy())
      }),
    cancellation: () => arranged(() => {}),
    secrets: () => arranged((_, response) => response.writeHead(500).end(plantedSecret)),
    restart: () => arranged((_, response) => response.end(state())),
  })
}
