import type { ScanError } from '../../../model/record.ts'
import type { Checked } from '../../source.ts'
import { hintOf } from '../api/api-error.ts'
import { nameOfKind, type ServedKind } from '../discovery/kinds.ts'
import type { Permissions } from './permissions.ts'
import type { Verb } from './rules.ts'

/** Names of kinds that one line has at most. */
const namedKinds = 5

interface Asked {
  readonly kind: ServedKind
  readonly namespace: string | null
}

/** Who the client is, and which of the scopes it may list and watch. Nothing of them is read. */
export async function* checkAccess(
  permissions: Permissions,
  asked: readonly Asked[],
  signal: AbortSignal,
): AsyncGenerator<Checked, void, void> {
  const who = await permissions.who(signal)
  if (who !== null) yield { what: `is ${who}`, problem: null }
  const unknown: Asked[] = []
  const denied: Record<Verb, Asked[]> = { list: [], watch: [] }
  for (const one of asked)
    for (const verb of ['list', 'watch'] as const) {
      if (verb === 'watch' && !one.kind.isWatchable) continue
      const may = await mayOne(permissions, verb, one, signal)
      if (may === true) continue
      if (may === null) unknown.push(one)
      else denied[verb].push(one)
      break
    }
  const of = `of ${asked.length} scopes`
  if (denied.list.length > 0)
    yield { what: `may not list ${denied.list.length} ${of}`, problem: problemOf(denied.list) }
  if (denied.watch.length > 0) {
    const { message, hint } = problemOf(denied.watch)
    const instead = 'they are listed at each interval instead, and a change is seen no sooner'
    yield {
      what: `may list and not watch ${denied.watch.length} ${of}`,
      problem: { message: `${message}; ${instead}`, hint },
    }
  }
  if (unknown.length > 0) {
    const hint = 'vaino scan tries it; docs/kubernetes.md has the role that it needs.'
    const message = 'the server does not say whether it may list and watch them'
    yield { what: `${unknown.length} ${of}`, problem: { message, hint } }
  }
  if (denied.list.length + denied.watch.length + unknown.length === 0)
    yield { what: `may list and watch all that it is to read`, problem: null }
}

async function mayOne(
  permissions: Permissions,
  verb: Verb,
  { kind, namespace }: Asked,
  signal: AbortSignal,
): Promise<boolean | null> {
  const known = (await permissions.rulesIn(namespace))?.may(verb, kind) ?? 'unknown'
  return known === 'unknown' ? permissions.may(verb, kind, namespace, signal) : known === 'yes'
}

function problemOf(of: readonly Asked[]): Exclude<ScanError, string> {
  const names = of.map(({ kind, namespace }) => `${nameOfKind(kind)}${namespace === null ? '' : ` in ${namespace}`}`)
  const more = names.length > namedKinds ? ` and ${names.length - namedKinds} more` : ''
  return { message: `${names.slice(0, namedKinds).join(', ')}${more}`, hint: hintOf(403) }
}
