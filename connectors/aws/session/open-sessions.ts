import { LRUCache } from 'lru-cache'
import type { AwsOptions } from '../options.ts'
import { type AwsClient, Sdk } from '../sdk/clients.ts'
import { operationsOf, rows } from '../table/table.ts'
import type { Where } from '../where.ts'
import { type Role, Session, type SessionHost } from './session.ts'

/** Clients that are kept of all accounts together, about a tenth of a megabyte each. One that is made anew costs a millisecond. */
const maxClients = 128

/** How the accounts of a source are reached. */
export interface OpenedSessions {
  /** The first is that of `where`; the others are those of `accounts`. */
  readonly sessions: readonly Session[]
  /** Another account of the organization. */
  memberSession(account: string, partition: string): Session
}

/** @throws VainoError `source_failed` where AWS's clients can't be made ready */
export async function openSessions(
  where: Where,
  { accounts, organization, external_id, session_name }: AwsOptions,
  host: Omit<SessionHost, 'sdk' | 'clients'>,
  signal: AbortSignal,
): Promise<OpenedSessions> {
  const whole: SessionHost = {
    ...host,
    sdk: await Sdk.open(operationsOf(rows), signal),
    clients: new LRUCache<string, Promise<AwsClient>>({ max: maxClients }),
  }
  const roleOf = (arn: string): Role => ({ arn, externalId: external_id ?? null, sessionName: session_name })
  const profile = where.kind === 'profile' ? where.profile : null
  const first = where.kind === 'role' ? [roleOf(where.arn)] : []
  const withRole = (arn: string) => new Session({ profile, roles: [...first, roleOf(arn)] }, whole)
  return {
    sessions: [new Session({ profile, roles: first }, whole), ...accounts.map(withRole)],
    memberSession: (account, partition) =>
      withRole(`arn:${partition}:iam::${account}:role/${organization?.role ?? ''}`),
  }
}
