import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'

/** An issuer of signed tokens for tests: its discovery document and its keys over HTTP on this machine. */
export class TestIssuer implements AsyncDisposable {
  readonly url: string
  readonly requests: string[] = []
  /** What it answers with in place of its keys; null: them. */
  answer: { readonly status: number; readonly body: string } | null = null
  readonly #keys = new Map<string, { readonly pair: GenerateKeyPairResult; readonly alg: string }>()
  readonly #close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  static async open(): Promise<TestIssuer> {
    let issuer: TestIssuer | null = null
    const server = createServer((request, response) => {
      void issuer?.reply(request.url ?? '').then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    issuer = new TestIssuer(`http://127.0.0.1:${port}`, () => new Promise((resolve) => server.close(() => resolve())))
    await issuer.addKey('k1')
    return issuer
  }

  async addKey(kid: string, alg = 'ES256'): Promise<void> {
    this.#keys.set(kid, { pair: await generateKeyPair(alg, { extractable: true }), alg })
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid)
  }

  /** @param claims beside `iss`, `aud` `vaino`, `sub` `ann`, `iat` and `exp` in five minutes, which they may replace */
  async sign(claims: Readonly<Record<string, unknown>> = {}, kid = 'k1'): Promise<string> {
    const key = this.#keys.get(kid)
    if (key === undefined) throw new Error(`there is no key ${kid}`)
    const seconds = Math.floor(Date.now() / 1000)
    const payload = { iss: this.url, aud: 'vaino', sub: 'ann', iat: seconds, exp: seconds + 300, ...claims }
    return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid }).sign(key.pair.privateKey)
  }

  async jwks(): Promise<string> {
    const keys = [...this.#keys].map(async ([kid, { pair, alg }]) => ({
      ...(await exportJWK(pair.publicKey)),
      kid,
      alg,
    }))
    return JSON.stringify({ keys: await Promise.all(keys) })
  }

  async reply(path: string): Promise<{ status: number; body: string }> {
    this.requests.push(path)
    if (path === '/.well-known/openid-configuration')
      return { status: 200, body: JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }) }
    if (path !== '/keys') return { status: 404, body: '{}' }
    return this.answer ?? { status: 200, body: await this.jwks() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
