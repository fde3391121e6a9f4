import { once } from 'node:events'
import { createServer } from 'node:net'
import { hasTokens } from '../../api/access.ts'
import { isLoopback } from '../../api/origin.ts'
import { parseListen } from '../../api/server.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { type ScopeStatus, type TargetState, targetStates } from '../../model/status.ts'
import type { Config } from '../../pipeline/config/schema.ts'
import { type Check, type Finding, failed, ok, warning } from '../../pipeline/doctor/finding.ts'
import { type Server, serverOf } from '../server.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { pagesOf } from '../terminal/pages.ts'
import { hintOf } from '../terminal/scan-error.ts'

const answerWithinMs = 3000
const name = 'server'

/** The address to serve on: free, or a vaino has it already. */
export const serverCheck = ({ listen, tokens, oidc }: Config): Check => ({
  name,
  async run(signal) {
    const { host, port } = parseListen(listen)
    if (!isLoopback(host) && !hasTokens({ ...tokens, oidc })) {
      const text = `${listen} can be reached from other machines, and there are no tokens`
      return [failed(name, text, 'Listen on 127.0.0.1, or configure tokens (read, ingest, admin).')]
    }
    if (port === 0) return [ok(name, `${listen}: a free port will be picked`)]
    const problem = await cannotListen(host, port)
    if (problem === null) return [ok(name, `${listen} is free`)]
    if (problem === 'EADDRINUSE') return [await whoAnswers(listen, signal)]
    return [
      failed(
        name,
        `${listen} cannot be listened on: ${problem}`,
        'Name an address of this machine, and a port above 1023.',
      ),
    ]
  },
})

/** The vaino that `--server` names, in place of the address to serve on. */
export const namedServerCheck = (flags: SharedFlags): Check => ({
  name,
  async run(signal) {
    const server = await serverOf(flags)
    const { version } = await server.json<{ version: string }>('/healthz', { signal })
    const text = `a vaino ${version} answers at ${server.url}`
    try {
      await server.request('/readyz', { signal })
      const pages = pagesOf<ScopeStatus>(server, '/v1/scopes', 'scopes', {}, Number.POSITIVE_INFINITY, signal)
      const scopes = await Array.fromAsync(pages)
      return [ok(name, text), ...scopeFindings(scopes), ...(await ruleFindings(server, signal))]
    } catch (error) {
      if (!(error instanceof VainoError) || error.code !== 'not_ready') throw error
      return [warning(name, `${text} and is not ready: ${error.message}`, 'Its log says more.')]
    }
  },
})

/** Rules of a running vaino that are hardly meant as they are. */
async function ruleFindings(server: Server, signal: AbortSignal): Promise<Finding[]> {
  type Rule = { readonly rule: string; readonly place: string | null; readonly problem: string | null }
  const query = { limit: 1, since: 'now' }
  const { rules } = await server.json<{ rules: Rule[] }>('/v1/suppressed', { query, signal })
  return rules.flatMap(({ rule, place, problem }) =>
    problem === null
      ? []
      : [
          warning(
            'rules',
            `${place ?? ''} ${rule} ${problem} of the changes of a week`.trim(),
            '`vaino rules check` shows what each rule matches. Change it, or take it out.',
          ),
        ],
  )
}

/** Scopes that are named one by one. */
const maxNamed = 5

/** What the sources of a running vaino do with their scopes, and those whose reading fails. */
function scopeFindings(scopes: readonly ScopeStatus[]): Finding[] {
  const read = scopes.flatMap(({ source, ...scope }) => (source === undefined ? [] : [{ ...source, scope }]))
  if (read.length === 0) return []
  const counts = targetStates.flatMap((state) => {
    const count = read.filter((one) => one.state === state).length
    return count === 0 ? [] : [`${count} ${state.replace('_', ' ')}`]
  })
  const failing = read.filter(({ error }) => error !== null)
  const named = failing.slice(0, maxNamed).map(({ scope, state, failures, since, error }) => {
    const text = `${scope.scope}: ${error} (${failures} failures in a row, in this state since ${since})`
    return warning('scope', text, remedyOf(state, scope))
  })
  const more = failing.length > maxNamed ? `; ${failing.length} have errors, ${maxNamed} are shown` : ''
  return [ok('scopes', `${counts.join(', ')}${more}`), ...named]
}

/** What to do about a scope whose source has an error. */
function remedyOf(
  state: TargetState,
  { errors, last_attempt_at }: Pick<ScopeStatus, 'errors' | 'last_attempt_at'>,
): string {
  if (state === 'not_ours') return 'Narrow one of the two sources, so that only one names it, and start vaino again.'
  const hint = last_attempt_at === null || errors[0] === undefined ? null : hintOf(errors[0])
  return `${hint === null ? '' : `${hint} `}It is tried again by itself.`
}

async function cannotListen(host: string, port: number): Promise<string | null> {
  const probe = createServer()
  try {
    probe.listen({ host, port, exclusive: true })
    await once(probe, 'listening')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
  } finally {
    probe.close()
  }
}

async function whoAnswers(listen: string, signal: AbortSignal): Promise<Finding> {
  const url = `http://${listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')}`
  const taken = failed(
    name,
    `${listen} is in use by another program`,
    'Stop it, or listen elsewhere: --listen HOST:PORT.',
  )
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)])
    const health: unknown = await (await fetch(`${url}/healthz`, { signal: within })).json()
    if (!(health instanceof Object && 'version' in health)) return taken
    const ready = (await (await fetch(`${url}/readyz`, { signal: within })).json()) as { problems?: readonly string[] }
    const problems = ready.problems ?? []
    const text = `a vaino ${health.version} answers at ${url}`
    if (problems.length === 0) return ok(name, text)
    return warning(name, `${text} and is not ready: ${problems.join('; ')}`, 'Its log says more.')
  } catch (error) {
    // Whatever it is, it doesn't answer as vaino does.
    return { ...taken, message: `${taken.message} (${messageOf(error)})` }
  }
}
