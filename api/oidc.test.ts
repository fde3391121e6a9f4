import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import type { OidcIssuer } from './caller.ts'
import { TestIssuer } from './test-issuer.ts'
import { observed, startTestServer, type TestServer, until } from './test-server.ts'

const rulesOf = (issuer: string, more: Partial<OidcIssuer> = {}): OidcIssuer => ({
  issuer,
  audience: 'vaino',
  clock_skew: 5_000,
  name: 'email',
  rights: [
    { claim: 'groups', value: 'platform', rights: ['admin'] },
    { claim: 'groups', value: 'team-web', rights: ['read'], within: ['aws/111/'] },
    { claim: 'realm_access.roles', value: 'reader', rights: ['read'] },
    { claim: 'scope', value: 'vaino:send', rights: ['ingest'] },
  ],
  ...more,
})
const serve = (...oidc: OidcIssuer[]) =>
  startTestServer({ tokens: { read: ['reader-token-0001'], ingest: [], admin: [], oidc } })
const ask = async (server: TestServer, token: string, path = '/v1/me') => {
  const answer = await server.get(path, { headers: { authorization: `Bearer ${token}` } })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body, retryAfter: answer.headers.get('retry-after') }
}

test('claims of a signed token are rights, and tokens that are configured go on', async () => {
  await using issuer = await TestIssuer.open()
  await using server = await serve(rulesOf(issuer.url))
  const rightsOf = async (claims: Record<string, unknown>) => (await ask(server, await issuer.sign(claims))).body
  expect(await rightsOf({ groups: ['x', 'platform'], email: 'ann@example.com' })).toEqual({
    rights: ['read', 'ingest', 'admin'],
    name: 'ann@example.com',
    within: null,
  })
  expect(await rightsOf({ groups: 'team-web' })).toEqual({ rights: ['read'], name: 'ann', within: ['aws/111/'] })
  expect(await rightsOf({ groups: ['team-web'], realm_access: { roles: ['reader'] } })).toMatchObject({
    rights: ['read'],
    within: null,
  })
  expect(await rightsOf({ scope: 'openid vaino:send' })).toMatchObject({ rights: ['ingest'] })
  expect(await rightsOf({ groups: ['elsewhere'] })).toMatchObject({ rights: [] })
  expect((await ask(server, await issuer.sign({ groups: ['elsewhere'] }), '/v1/resources')).status).toBe(403)
  expect((await ask(server, 'reader-token-0001')).body).toMatchObject({ rights: ['read'] })
})

test('a token that was not signed for this vaino, now, by its issuer, is refused', async () => {
  await using issuer = await TestIssuer.open()
  await using other = await TestIssuer.open()
  await using server = await serve(rulesOf(issuer.url))
  const groups = ['platform']
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const payload = encode({ iss: issuer.url, aud: 'vaino', sub: 'ann', groups, exp: now + 300 })
  // The public key as the secret of an HMAC: who takes any algorithm takes this.
  const { keys } = JSON.parse(await issuer.jwks()) as { keys: object[] }
  const signed = `${encode({ alg: 'HS256', kid: 'k1' })}.${payload}`
  const confused = `${signed}.${createHmac('sha256', JSON.stringify(keys[0])).update(signed).digest('base64url')}`
  const good = await issuer.sign({ groups })
  const [head, , signature] = good.split('.')
  const refused = {
    'of another audience': await issuer.sign({ groups, aud: 'elsewhere' }),
    'of another issuer': await other.sign({ groups }),
    'signed by another, in this ones name': await other.sign({ groups, iss: issuer.url }),
    expired: await issuer.sign({ groups, exp: now - 10 }),
    'without an end': await issuer.sign({ groups, exp: undefined }),
    'not yet valid': await issuer.sign({ groups, nbf: now + 60 }),
    unsigned: `${encode({ alg: 'none' })}.${payload}.`,
    'signed with the public key': confused,
    'changed after it was signed': `${head}.${payload}.${signature}`,
    'too long': `${head}.${'a'.repeat(9_000)}.${signature}`,
    'no JWT': 'aaa.bbb.ccc',
  }
  for (const [what, token] of Object.entries(refused)) {
    const { status, body } = await ask(server, token)
    expect([what, status, body.code]).toEqual([what, 401, 'unauthorized'])
    expect((await ask(server, token, '/v1/resources')).status).toBe(401)
  }
  expect((await ask(server, good)).status).toBe(200)
  // Clocks differ a little.
  expect((await ask(server, await issuer.sign({ groups, exp: now - 2 }))).status).toBe(200)
})

test('keys are kept, fetched anew for a key id that is not known, and not once for each of a flood of them', async () => {
  await using issuer = await TestIssuer.open()
  await using server = await serve(rulesOf(issuer.url))
  const fetched = () => issuer.requests.filter((path) => path === '/keys').length
  for (let n = 0; n < 5; n++) expect((await ask(server, await issuer.sign())).status).toBe(200)
  expect(fetched()).toBe(1)
  await issuer.addKey('k2', 'RS256')
  const token = await issuer.sign({}, 'k2')
  issuer.removeKey('k2')
  for (let n = 0; n < 20; n++) expect((await ask(server, token)).status).toBe(401)
  expect(fetched()).toBeLessThanOrEqual(2)
})

test('where the keys of an issuer can not be had, nobody is let in and nothing is said against the token', async () => {
  await using issuer = await TestIssuer.open()
  await using server = await serve(rulesOf(issuer.url))
  const token = await issuer.sign({ groups: ['platform'] })
  for (const answer of [
    { status: 500, body: 'down' },
    { status: 200, body: 'no JSON' },
    { status: 200, body: `{"keys":["${'a'.repeat(1_100_000)}"]}` },
  ]) {
    issuer.answer = answer
    const { status, body, retryAfter } = await ask(server, token)
    expect([answer.status, status, body.code, retryAfter]).toEqual([answer.status, 503, 'not_ready', '5'])
  }
  issuer.answer = null
  expect((await ask(server, token)).status).toBe(200)
  await using wrong = await serve(rulesOf(issuer.url, { jwks_url: 'http://keys.example/jwks' }))
  expect((await ask(wrong, token)).body).toMatchObject({
    code: 'not_ready',
    detail: expect.stringContaining('no https address'),
  })
})

test('a stream ends with the token that it was opened with', async () => {
  await using issuer = await TestIssuer.open()
  await using server = await serve(rulesOf(issuer.url, { clock_skew: 0 }))
  const token = await issuer.sign({ groups: ['platform'], exp: Math.floor(Date.now() / 1000) + 2 })
  const answer = await server.get('/v1/changes?live=sse&offset=now', { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(200)
  let text = ''
  let isOver = false
  const reading = (async () => {
    for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) text += Buffer.from(piece).toString()
    isOver = true
  })()
  await until('the stream has ended', () => isOver)
  await reading
  expect(text).toContain('"closing":"token_expired"')
  expect((await ask(server, token)).status).toBe(401)
})

test('who releases, forgets and names is noted with name and address before it is done', async () => {
  await using issuer = await TestIssuer.open()
  const entries: object[] = []
  await using server = await startTestServer({
    tokens: { read: [], ingest: [], admin: [], oidc: [rulesOf(issuer.url)] },
    auditLog: { write: (entry) => void entries.push(entry) },
  })
  const authorization = `Bearer ${await issuer.sign({ groups: ['platform'], email: 'ann@example.com' })}`
  const scope = 'aws/111/eu-west-1/vm'
  await server.get('/v1/ingest', {
    method: 'POST',
    body: JSON.stringify(observed('a', {}, scope)),
    headers: { authorization },
  })
  const forget = () =>
    server.get(`/v1/scopes/${encodeURIComponent(scope)}`, { method: 'DELETE', headers: { authorization } })
  expect((await forget()).status).toBe(200)
  expect((await forget()).status).toBe(404)
  const about = { action: 'scope.forget', who: 'ann@example.com', from: '127.0.0.1', what: scope }
  expect(entries).toEqual([
    { ...about, outcome: 'begun' },
    { ...about, outcome: 'done', details: { deletes: 1 } },
    { ...about, outcome: 'begun' },
    { ...about, outcome: 'failed', details: { code: 'not_found' } },
  ])
})
