import { VainoError } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { keySegment, type Server } from '../server.ts'
import { pagesOf } from '../terminal/pages.ts'

export const isUnknown = (error: unknown): boolean => error instanceof VainoError && error.code === 'not_found'

/** Whether the server knows a key, and the resource is live or was deleted; null where it was never seen. */
export async function seen(key: string, server: Server): Promise<'live' | 'deleted' | null> {
  try {
    const response = await server.request(`/v1/resources/${keySegment(key)}`)
    await response.body?.cancel()
    return 'live'
  } catch (error) {
    if (isUnknown(error)) return null
    if (error instanceof VainoError && error.code === 'gone') return 'deleted'
    throw error
  }
}

/** All scopes that the server knows. */
export async function scopesOf(server: Server): Promise<readonly Scope[]> {
  const scopes = await Array.fromAsync(pagesOf<ScopeStatus>(server, '/v1/scopes', 'scopes', {}))
  return scopes.map(({ scope }) => scope)
}
