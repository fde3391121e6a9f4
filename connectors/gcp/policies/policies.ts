import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { DriftField } from '../../../model/drift-walk.ts'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import type { Comparison, PartsOfThings, ThingPart } from '../../identity.ts'
import { valueAt } from '../table/path.ts'
import { rowOf } from '../table/table.ts'
import { type Binding, bindingIn, bindingsIn, memberKey, policyIn, roleKey } from './bindings.ts'
import { isGooglesOwn } from './googles-own.ts'

/** Policies are collected as one thing; Terraform's types write them whole, a role or a member. */
const isKind = (type: string): boolean => rowOf(type)?.isPolicy === true

/** The policy that an instance writes whole or in part; null: it is no such type. */
export function policyTypeOf(type: string): string | null {
  const [, prefix, part] = /^(google_\w+_iam)_(policy|binding|member)$/.exec(type) ?? []
  const kind = prefix === 'google_cloud_run_service_iam' ? 'google_cloud_run_v2_service_iam_policy' : `${prefix}_policy`
  return part !== undefined && isKind(kind) ? kind : null
}

const writesOf = (type: string): string => type.slice(type.lastIndexOf('_') + 1)

/** What of a policy an instance writes; null where its attributes don't say it. */
export function partWrittenBy(type: string, attributes: JsonObject): string | null {
  if (writesOf(type) === 'policy') return whole
  const { member, members = [] } = attributes
  const isMember = writesOf(type) === 'member'
  const binding = bindingIn(attributes, isMember ? [member ?? null] : members)
  if (binding === null) return null
  const [only = ''] = binding.members
  return isMember ? memberKey(binding, only) : roleKey(binding)
}

/** A policy that an instance writes alone. */
const whole = '*'

/** A project's stands alone, others beside the name of the thing. */
const policyOf = ({ type, configuration }: Resource): Json | undefined =>
  type === 'google_project_iam_policy' ? (configuration ?? undefined) : valueAt(configuration ?? {}, 'policy')

const bindingsOf = (thing: Resource): ReadonlyMap<string, Binding> | null => bindingsIn(policyOf(thing))

/** How policies stand for the roles and members that states write. */
export const policyParts: PartsOfThings = {
  has: isKind,
  compare(instance, thing) {
    const there = bindingsOf(thing)
    return there === null ? unknown : compared(instance, thing, there)
  },
  partsOf: (thing) => [...membersOf(thing)],
  wholeOf: (id) => id.split(' ', 1)[0] ?? id,
}

const unknown: Comparison = { kind: 'unknown' }

function compared({ type, configuration }: Resource, thing: Resource, there: ReadonlyMap<string, Binding>): Comparison {
  const attributes = configuration ?? {}
  if (writesOf(type) === 'policy') return comparedWhole(attributes, thing, there)
  const isMember = writesOf(type) === 'member'
  const wanted = bindingIn(attributes, isMember ? [attributes.member ?? null] : (attributes.members ?? []))
  if (wanted === null) return unknown
  const found = there.get(roleKey(wanted))
  if (isMember) return { kind: found !== undefined && wanted.members.isSubsetOf(found.members) ? 'same' : 'absent' }
  if (found === undefined && wanted.members.size > 0) return { kind: 'absent' }
  return differing(fieldsOf('members', wanted.members, found?.members ?? new Set()))
}

function comparedWhole(attributes: JsonObject, thing: Resource, there: ReadonlyMap<string, Binding>): Comparison {
  const written = policyIn(attributes.policy_data)
  const wanted = bindingsIn(written)
  if (wanted === null) return unknown
  const fields = [...new Set([...wanted.keys(), ...there.keys()])].sort().flatMap((key) => {
    const [before, after] = [wanted.get(key), there.get(key)]
    const { role = '', condition = null } = before ?? after ?? {}
    const title = condition === null ? '' : `,condition=${condition.title}`
    const none = new Set<string>()
    return fieldsOf(
      `policy_data.bindings[role=${role}${title}].members`,
      before?.members ?? none,
      after?.members ?? none,
    )
  })
  const [before, after] = [auditsIn(written), auditsIn(policyOf(thing))]
  if (!isDeepStrictEqual(before, after)) fields.push({ path: 'policy_data.auditConfigs', before, after })
  return differing(fields)
}

/** What is audited, in one order: neither services nor kinds of access nor exempted members have one. No settings are empty ones. */
function auditsIn(policy: Json | undefined): Json {
  const found = policy === undefined ? null : (valueAt(policy, 'auditConfigs') ?? null)
  return inOneOrder(found === null ? [] : found)
}

function inOneOrder(value: Json): Json {
  if (Array.isArray(value)) {
    const texts = value.map((one) => JSON.stringify(inOneOrder(one)))
    return texts.sort().map((text) => parseJson(text))
  }
  if (!isObject(value)) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, one]) => [name, inOneOrder(one)]))
}

const differing = (fields: readonly DriftField[]): Comparison =>
  fields.length === 0 ? { kind: 'same' } : { kind: 'differs', fields }

const fieldsOf = (path: string, before: ReadonlySet<string>, after: ReadonlySet<string>): DriftField[] =>
  [...before.symmetricDifference(after)].sort().map((member) => ({
    path: `${path}[=${member}]`,
    ...(before.has(member) ? { before: member, after: null } : { before: null, after: member }),
  }))

/** Each member of each role, as Terraform imports it: `acme-shop roles/viewer user:anna@example.com`, with the title of its condition. */
function* membersOf(thing: Resource): Generator<ThingPart, void, void> {
  const number = thing.metadata?.projectNumber
  const holder = { id: thing.account ?? null, number: typeof number === 'string' ? number : null }
  const taken = new Set<string>()
  for (const binding of bindingsOf(thing)?.values() ?? []) {
    const { role, condition, members } = binding
    for (const member of members) {
      if (isGooglesOwn(role, member, holder)) continue
      const title = condition === null ? '' : ` ${condition.title}`
      const usual = `${thing.id} ${role} ${member}${title}`
      const key = memberKey(binding, member)
      const id = taken.has(usual) ? `${usual} ${createHash('sha256').update(key).digest('hex').slice(0, 8)}` : usual
      taken.add(usual)
      const { provider, account = null, region = null } = thing
      const resource: Resource = {
        id,
        type: thing.type.replace(/_policy$/, '_member'),
        name: member,
        provider,
        account,
        region,
        configuration: {},
      }
      yield { resource, writtenAs: [key, roleKey(binding), whole] }
    }
  }
}
