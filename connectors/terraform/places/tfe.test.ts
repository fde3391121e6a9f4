import { expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import type { Place } from './place.ts'
import { tfePlace } from './tfe.ts'
import { tfeToken } from './tfe-token.ts'

const limits = { timeoutMs: 5000, maxBytes: 1_000_000 }
const never = new AbortController().signal
const token = 'secret-token-of-mine'

/**
 * A stand-in for HCP Terraform, after its published API: discovery, workspaces in pages, the current state version, the archive.
 * `states` by workspace; null: nothing was applied yet.
 */
async function standIn(states: Map<string, string | null>, archive?: string) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const versionOf = (name: string) => `sv-${Bun.hash(states.get(name) ?? '').toString(36)}`
  const document = (name: string) => ({
    id: `ws-${name}`,
    type: 'workspaces',
    attributes: { name },
    relationships: {
      'current-state-version': {
        data: states.get(name) === null ? null : { id: versionOf(name), type: 'state-versions' },
      },
    },
  })
  const server = createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, authorization: headers.authorization })
    const json = (value: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/vnd.api+json' }).end(JSON.stringify(value))
    if (url === '/.well-known/terraform.json') return json({ 'tfe.v2': '/api/v2/', 'modules.v1': '/x/' })
    if (headers.authorization !== `Bearer ${token}`) return json({ errors: [{ status: '401', title: token }] }, 401)
    const one = /^\/api\/v2\/organizations\/corp\/workspaces\/(\w+)$/.exec(url)?.[1]
    if (one !== undefined) return states.has(one) ? json({ data: document(one) }) : json({}, 404)
    const page = /^\/api\/v2\/organizations\/corp\/workspaces\?page%5Bsize%5D=100&page%5Bnumber%5D=(\d+)$/.exec(
      url,
    )?.[1]
    if (page !== undefined) {
      const from = (Number(page) - 1) * 100
      const names = [...states.keys()].slice(from, from + 100)
      return json({
        data: names.map(document),
        meta: { pagination: { 'next-page': states.size > from + 100 ? Number(page) + 1 : null } },
      })
    }
    const current = /^\/api\/v2\/workspaces\/ws-(\w+)\/current-state-version$/.exec(url)?.[1]
    if (current !== undefined) {
      if (states.get(current) == null) return json({}, 404)
      const at = `${archive ?? ''}/_archivist/${current}`
      return json({ data: { id: versionOf(current), attributes: { 'hosted-state-download-url': at, serial: 1 } } })
    }
    const archived = /^\/_archivist\/(\w+)$/.exec(url)?.[1]
    if (archived !== undefined) return response.end(states.get(archived))
    json({}, 404)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    host,
    open: (path: string, given = token) =>
      tfePlace(`tfe://${host}/${path}`, { [`TF_TOKEN_${host.replaceAll(/[.:]/g, '_')}`]: given }, '/nowhere'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function textOf(place: Place, name = place.name): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of place.read(name, limits, never)) parts.push(part)
  return Buffer.concat(parts).toString()
}
const state = (name: string) => state4([resource4(name, { id: name })])

test('a workspace is read by its name, and its version is that of its state', async () => {
  const states = new Map<string, string | null>([['prod', state('a')]])
  await using tfe = await standIn(states)
  const place = tfe.open('corp/prod')
  expect([place.name, place.isOne]).toEqual([`tfe://${tfe.host}/corp/prod`, true])
  expect(await textOf(place)).toBe(state('a'))
  const first = await place.stat(place.name, limits, never)
  expect(await place.stat(place.name, limits, never)).toBe(first)
  states.set('prod', state('b'))
  expect(await place.stat(place.name, limits, never)).not.toBe(first)
  // Unchanged costs one request: the workspace and the API are known.
  const before = tfe.asked.length
  await place.stat(place.name, limits, never)
  expect(tfe.asked.length - before).toBe(1)
})

test('an organization is all its workspaces that have a state, over pages', async () => {
  const states = new Map<string, string | null>(
    Array.from({ length: 250 }, (_, n) => [`w${n}`, n % 5 === 0 ? null : state('a')]),
  )
  await using tfe = await standIn(states)
  const place = tfe.open('corp/')
  const listed = await place.list(limits, never)
  expect(listed).toHaveLength(200)
  expect(listed.every(({ name, version }) => place.covers(name) && version !== null)).toBe(true)
  expect(place.covers(`tfe://${tfe.host}/other/w1`)).toBe(false)
})

test('the token goes to no other host, not by a download address and not by a redirect', async () => {
  await using other = await standIn(new Map([['prod', state('a')]]))
  await using tfe = await standIn(new Map([['prod', state('a')]]), `http://${other.host}`)
  await expect(textOf(tfe.open('corp/prod'))).rejects.toThrow('answers 401')
  expect(other.asked.map(({ authorization }) => authorization)).toEqual([undefined])
})

test('what is refused says what to do, and never the token', async () => {
  await using tfe = await standIn(new Map<string, string | null>([['empty', null]]))
  const cases: [Place, RegExp, RegExp][] = [
    [tfe.open('corp/prod', 'wrong'), /answers 401/, /terraform login 127/],
    [tfe.open('corp/none'), /answers 404/, /no such organization or workspace/],
    [tfe.open('corp/empty'), /answers 404/, /no state yet/],
    [tfe.open('nobody/x'), /answers 404/, /may not see it/],
    [tfe.open('corp/prod', ''), /there is no token for 127/, /TF_TOKEN_127/],
  ]
  for (const [place, message, hint] of cases) {
    const refused = await place.stat(place.name, limits, never).catch((error: unknown) => error)
    expect(refused).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) })
    expect(JSON.stringify(refused)).not.toContain(token)
  }
  for (const where of [
    'tfe://host',
    'tfe://host/',
    'tfe://host/a/b/c',
    'tfe://host/a?token=x',
    `tfe://${token}@host/a/b`,
  ])
    expect(() => tfePlace(where)).toThrow(expect.objectContaining({ code: 'bad_config' }))
})

test('a token is found where the command line of Terraform looks, and a variable goes first', async () => {
  await using folder = await temporaryFolder()
  const host = 'my-tfe.example.com'
  await folder.write(
    '.terraform.d/credentials.tfrc.json',
    JSON.stringify({ credentials: { [host]: { token: 'login' } } }),
  )
  expect(await tfeToken(host, {}, folder.path)).toBe('login')
  await folder.write(
    '.terraformrc',
    `plugin_cache_dir = "x"\ncredentials "other" {\n  token = "no"\n}\ncredentials "${host}" {\n  token = "rc"\n}\n`,
  )
  expect(await tfeToken(host, {}, folder.path)).toBe('rc')
  expect(await tfeToken(host, { TF_TOKEN_my__tfe_example_com: 'variable' }, folder.path)).toBe('variable')
  await expect(tfeToken('elsewhere', {}, folder.path)).rejects.toThrow('there is no token for elsewhere')
})
