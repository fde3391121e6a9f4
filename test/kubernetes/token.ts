import { sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { issuer } from './server.ts'

/** The server accepts a token for so long after its end (the default of go-jose, which checks it). */
const leewaySeconds = 60

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A service account's token as TokenRequest makes it. TokenRequest itself gives none for less than ten minutes.
 * @param keyFile PEM of the key that the server checks tokens with
 */
export function signToken(
  keyFile: string,
  account: { readonly namespace: string; readonly name: string; readonly uid: string },
  seconds: number,
): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:${account.namespace}:${account.name}`,
    iat: now - leewaySeconds,
    nbf: now - leewaySeconds,
    exp: now - leewaySeconds + seconds,
    'kubernetes.io': { namespace: account.namespace, serviceaccount: { name: account.name, uid: account.uid } },
  }
  const signed = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), {
    key: readFileSync(keyFile, 'utf8'),
    dsaEncoding: 'ieee-p1363',
  })
  return `${signed}.${signature.toString('base64url')}`
}
