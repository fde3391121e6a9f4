import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../../../api/test-server.ts'
import { needs } from '../../../test/lanes.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import type { Place } from './place.ts'
import { s3Place } from './s3.ts'

const limits = { timeoutMs: 5000, maxBytes: 1_000_000 }
const never = new AbortController().signal
const env = { AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing-secret', AWS_REGION: 'eu-west-1' }
const state = (name: string) => state4([resource4(name, { id: name })])

async function textOf(place: Place, name: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of place.read(name, limits, never)) parts.push(part)
  return Buffer.concat(parts).toString()
}

const namesOf = async (place: Place) => (await place.list(limits, never)).map(({ name }) => name).toSorted()

describe.skipIf(needs.awsEndpoint.found === null)('with moto in the place of S3', () => {
  let child: ChildProcess
  let endpoint = ''
  beforeAll(async () => {
    child = spawn(needs.awsEndpoint.found ?? '', ['-H', '127.0.0.1', '-p', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      endpoint ||= /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? ''
    })
    await until('moto listens', () => endpoint !== '', 60_000)
    await put('/states')
  }, 90_000)
  afterAll(() => void child.kill('SIGKILL'))

  // moto looks at who writes, and verifies no signature.
  const authorization =
    'AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0'
  const put = async (path: string, body = '') => {
    const answer = await fetch(`${endpoint}${path}`, { method: 'PUT', body, headers: { authorization } })
    if (!answer.ok) throw new Error(`${path} ${answer.status} ${await answer.text()}`)
  }
  const open = (where: string) => s3Place(`s3://${where}${where.includes('?') ? '&' : '?'}endpoint=${endpoint}`, env)

  test('one state is read by its key, and its version is another one when it is written', async () => {
    await put('/states/prod/terraform.tfstate', state('a'))
    const place = open('states/prod/terraform.tfstate')
    const { name } = place
    expect([name, place.isOne]).toEqual(['s3://states/prod/terraform.tfstate', true])
    expect(await textOf(place, name)).toBe(state('a'))
    const first = await place.stat(name, limits, never)
    expect(first).toMatch(/^"[0-9a-f]+"$/)
    expect(await place.stat(name, limits, never)).toBe(first)
    await put('/states/prod/terraform.tfstate', state('b'))
    expect(await place.stat(name, limits, never)).not.toBe(first)
  })

  test('below a prefix all states are found, over pages, whatever characters their names have', async () => {
    const keys = Array.from({ length: 1100 }, (_, n) => `many/s${n}.tfstate`)
    const odd = ['many/a b&c<é>+%25"\'.tfstate', 'many/deep/er/x.tfstate']
    const others = ['many/readme.md', 'many/.terraform/terraform.tfstate', 'other/x.tfstate']
    for (const key of [...keys, ...odd, ...others])
      await put(`/states/${key.split('/').map(encodeURIComponent).join('/')}`, 'x')
    const place = open('states/many/')
    const listed = await place.list(limits, never)
    expect(listed.map(({ name }) => name).toSorted()).toEqual(
      [...keys, ...odd].map((key) => `s3://states/${key}`).toSorted(),
    )
    expect(new Set(listed.map(({ version }) => version)).has(null)).toBe(false)
    for (const key of odd) {
      expect(place.covers(`s3://states/${key}`)).toBe(true)
      expect(await textOf(place, `s3://states/${key}`)).toBe('x')
      const one = listed.find(({ name }) => name.endsWith(key))
      expect(await place.stat(`s3://states/${key}`, limits, never)).toBe(one?.version ?? '')
    }
  }, 120_000)

  test('the workspaces of one state are found beside it, and nobody else', async () => {
    for (const key of ['net', 'env:/blue/net', 'env:/green/net', 'env:/blue/network', 'env:/a/b/net', 'network'])
      await put(`/states/${key}`, state('w'))
    const names = ['env:/blue/net', 'env:/green/net', 'net'].map((key) => `s3://states/${key}`)
    expect(await namesOf(open('states/net?workspaces=env:'))).toEqual(names)
  })

  test('what is not there is said, and is no empty state', async () => {
    await expect(textOf(open('states/none'), 's3://states/none')).rejects.toThrow('answers 404 (NoSuchKey)')
    await expect(open('states/none').stat('s3://states/none', limits, never)).rejects.toThrow('answers 404')
    await expect(namesOf(open('no-such-bucket/'))).rejects.toThrow('answers 404 (NoSuchBucket)')
  })
})

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string }

/** A server that answers in the place of S3, and the requests that it got. */
async function standIn(answer: (path: string, authorization: string) => Answer) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status = 200, headers = {}, body = '' } = answer(request.url ?? '', request.headers.authorization ?? '')
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    open: (where: string, more: Readonly<Record<string, string>> = env) =>
      s3Place(`s3://${where}?endpoint=${endpoint}`, more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('S3', () => {
  test('a bucket in another region is asked there once it has said so', async () => {
    await using s3 = await standIn((_, authorization) =>
      authorization.includes('/us-west-2/')
        ? { body: state('a') }
        : { status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' }, body: '<Code>PermanentRedirect</Code>' },
    )
    const place = s3.open('b/k')
    expect(await textOf(place, 's3://b/k')).toBe(state('a'))
    await textOf(place, 's3://b/k')
    expect(s3.asked).toHaveLength(3)
  })

  test.each([
    ['<html>', 'a page of HTML'],
    ['<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>', 'a list that does not say how it goes on'],
    ['', 'nothing'],
  ])('a list that is none is an error, never an empty one: %p (%s)', async (body) => {
    await using s3 = await standIn(() => ({ body }))
    await expect(namesOf(s3.open('b/p/'))).rejects.toThrow(/answers with/)
  })

  test.each([
    [403, '<Code>AccessDenied</Code><Message>AKIASECRET</Message>', 'answers 403 (AccessDenied)'],
    [400, '<Code>ExpiredToken</Code>', 'answers 400 (ExpiredToken)'],
    [503, '<Code>SlowDown</Code>', 'answers 503 (SlowDown)'],
    [500, 'oops', 'answers 500'],
  ])('a refusal says its code and nothing else of the document: %d %s', async (status, body, message) => {
    await using s3 = await standIn(() => ({ status, body, headers: { 'retry-after': '7' } }))
    const refused = await textOf(s3.open('b/k'), 's3://b/k').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'source_failed', message, retryAfterSeconds: 7 })
    expect(JSON.stringify(refused)).not.toContain('AKIASECRET')
  })

  test('of a refusal that does not end only the beginning is read', async () => {
    const server = createServer((_, response) => {
      response.writeHead(403)
      const write = () =>
        void response.write(`<Code>AccessDenied</Code>${' '.repeat(20_000)}`, () => setImmediate(write))
      write()
      response.on('close', () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await expect(textOf(s3Place(`s3://b/k?endpoint=${endpoint}`, env), 's3://b/k')).rejects.toThrow(
        'answers 403 (AccessDenied)',
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('an address that can not be meant is refused, and its credentials are not repeated', () => {
    for (const where of [
      's3://',
      's3:///k',
      's3://b/a/../k',
      's3://b/%zz',
      's3://b/?workspaces=env:',
      's3://b/k?endpoint=ftp://x',
    ])
      expect(() => s3Place(where, env)).toThrow(expect.objectContaining({ code: 'bad_config' }))
    expect(() => s3Place('s3://b/k?regoin=x', env)).toThrow(
      '"regoin" is no parameter of the address; there are region,',
    )
    expect(() => s3Place('s3://AKIA:hunter2@b/k', env)).toThrow(/credentials/)
    expect(() => s3Place('s3://AKIA:hunter2@b/k', env)).not.toThrow(/hunter2/)
  })
})
