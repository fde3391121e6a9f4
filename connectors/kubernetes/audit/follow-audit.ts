import { VainoError } from '../../../model/errors.ts'
import { parseJson } from '../../../model/json.ts'
import type { Scope } from '../../../model/scope.ts'
import type { Nudge } from '../../source.ts'
import type { KubernetesOptions } from '../options.ts'
import { type AuditedChange, readAuditEvent } from './audit-event.ts'
import { type Listening, listeningOf, receiveEvents } from './receive-events.ts'
import { tailLines } from './tail-file.ts'

/** Where an audit log comes from. */
export type AuditLog = { readonly file: string } | { readonly listen: Listening }

/** @throws VainoError `bad_config` where the address can't be meant, or the token is a variable that isn't set */
export function auditLogOf(
  options: KubernetesOptions['audit'],
  environment: Readonly<Record<string, string | undefined>>,
): AuditLog | null {
  if (options?.file !== undefined) return { file: options.file }
  if (options?.listen === undefined) return null
  const { listen, token } = options
  if (token?.startsWith('env:') !== true) return { listen: listeningOf(listen, token) }
  const name = token.slice('env:'.length)
  const said = environment[name]
  if (said) return { listen: listeningOf(listen, said) }
  throw new VainoError('bad_config', `audit.token: the variable ${name} is not set`, {
    hint: 'Set it, or write the token.',
  })
}

/**
 * Hands on who made each change that an audit log tells of, until the signal. The change may be recorded before or after.
 * @param scopeOf the scope that an object is in; null: it isn't watched
 * @throws VainoError `source_failed` where the log can't be read or received
 */
export async function followAudit(
  log: AuditLog,
  scopeOf: (change: AuditedChange) => Scope | null,
  out: Pick<Nudge, 'attributed' | 'received'>,
  signal: AbortSignal,
): Promise<void> {
  const take = (json: unknown): void => {
    const read = readAuditEvent(json)
    if (typeof read === 'string') {
      out.received(read, 1)
      return
    }
    const scope = scopeOf(read)
    out.received(scope === null ? 'not_watched' : 'taken', 1)
    if (scope === null) return
    const id = read.namespace === null ? read.name : `${read.namespace}/${read.name}`
    out.attributed(scope, id, read.by, true)
  }
  if ('listen' in log) return receiveEvents(log.listen, (events) => events.forEach(take), signal)
  const unusable = () => out.received('unusable', 1)
  for await (const line of tailLines(log.file, unusable, signal)) take(jsonOf(line))
}

function jsonOf(line: string): unknown {
  try {
    return parseJson(line)
  } catch {
    // It is counted as unusable.
    return null
  }
}
