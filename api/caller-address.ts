import type { Context } from 'hono'
import { isLoopback } from './origin.ts'
import { type ApiEnv, connectionOf } from './route.ts'
import type { Site } from './site.ts'

/**
 * Where a request comes from. What a proxy says of it counts only where one is configured (`public_url`) and is on this machine: anybody else
 * could say anything. The last address in `X-Forwarded-For` is the one that this proxy has seen.
 */
export function callerAddress(c: Context<ApiEnv>, site: Site): string | null {
  const { address } = connectionOf(c)
  if (site.origin === null || address === null || !isLoopback(address.replace(/^::ffff:/, ''))) return address
  const forwarded = c.req.raw.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  return forwarded?.slice(0, 100) || address
}
