import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** Longest text of an actor's member, characters; a user agent can be forged to any length. */
const maxText = 512

/** A member, its members' members, by their names; undefined where one of them is missing or is no text. */
function textAt(from: JsonObject, ...names: readonly string[]): string | undefined {
  let at: Json | undefined = from
  for (const name of names) at = at !== undefined && isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return typeof at === 'string' && at !== '' ? at.slice(0, maxText) : undefined
}

/**
 * Who made the call of a CloudTrail event: `arn` is a user, a role or an account's root; `session` who used the role, by the source
 * identity where one was set; `via` the AWS service on whose behalf it was made; `user_agent` the program. Members that the event
 * doesn't have are absent.
 */
export function actorOf(event: JsonObject): Json {
  const identity = event.userIdentity
  const who = identity !== undefined && isObject(identity) ? identity : {}
  const own = textAt(who, 'arn')
  const issuer = textAt(who, 'sessionContext', 'sessionIssuer', 'arn')
  const session =
    textAt(who, 'sessionContext', 'sourceIdentity') ?? (issuer === undefined ? undefined : sessionOf(own ?? ''))
  const members = {
    type: textAt(who, 'type'),
    arn: issuer ?? own ?? textAt(who, 'principalId'),
    account: textAt(who, 'accountId'),
    session,
    via: textAt(who, 'invokedBy'),
    user_agent: textAt(event, 'userAgent'),
  }
  const known = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return known.length === 0 ? null : Object.fromEntries(known)
}

/** `arn:aws:sts::A:assumed-role/ROLE/SESSION` */
const sessionOf = (arn: string): string | undefined => /:assumed-role\/[^/]+\/(.+)$/.exec(arn)?.[1]
