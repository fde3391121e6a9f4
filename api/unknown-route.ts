import { VainoError } from '../model/errors.ts'
import { nearest } from '../model/nearest.ts'

export interface RouteName {
  readonly method: string
  /** As Hono writes it: `/v1/resources/:key`. */
  readonly path: string
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('.', '\\.')}$`)

/** What to say to a request that no route takes. */
export function createUnknownRoute(routes: readonly RouteName[]) {
  const known = routes.filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/web/'))
  const patterns = known.map((route) => ({ ...route, pattern: patternOf(route.path) }))
  const paths = [...new Set(known.map(({ path }) => path.replaceAll(/:([^/]+)/g, '{$1}')))]

  /** The methods that a path takes; empty where there is no such path. */
  const methodsOf = (path: string): string[] => {
    const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    if (methods.has('GET')) methods.add('HEAD')
    return methods.size === 0 ? [] : [...methods, 'OPTIONS']
  }

  const refusal = (method: string, path: string): VainoError => {
    const allowed = methodsOf(path)
    if (allowed.length > 0) {
      return new VainoError('method_not_allowed', `${method} is not allowed on ${path}`, {
        hint: `It takes ${allowed.join(', ')}.`,
      })
    }
    const shown = path.slice(0, 200)
    if (/^\/v1\/(resources|scopes)\/./.test(path)) {
      return new VainoError('not_found', `There is no ${shown}`, {
        hint: 'A key or a scope is one segment of the path: percent-encode it, its slashes too.',
      })
    }
    const prefix = prefixBefore(path, methodsOf)
    if (prefix !== null) {
      return new VainoError('not_found', `There is no ${shown}`, {
        hint: `If ${prefix.slice(0, 80)} is the path prefix of a proxy, set public_url to the address in the browser, which ends with it.`,
      })
    }
    const meant = nearest(path, paths)
    return new VainoError('not_found', `There is no ${shown}`, {
      hint: meant === null ? 'GET /docs shows what there is.' : `Did you mean ${meant}?`,
    })
  }

  return { methodsOf, refusal }
}

/** A proxy's path prefix that was left in the path: what stands before a path that there is. Two segments at most are looked at. */
function prefixBefore(path: string, methodsOf: (path: string) => readonly string[]): string | null {
  for (const pattern of [/^\/[^/]+(?=\/)/, /^\/[^/]+\/[^/]+(?=\/)/]) {
    const prefix = pattern.exec(path)?.[0]
    if (prefix !== undefined && methodsOf(path.slice(prefix.length)).length > 0) return prefix
  }
  return null
}
