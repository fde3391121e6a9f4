import fc from 'fast-check'
import type { Resource } from '../../model/resource.ts'
import type { DriftItem } from './drift-item.ts'
import { managed } from './join.case.ts'

export const project = 'acme-shop'
export const scope = `gcp/${project}/-/google_project_iam_policy`
const agent = 'serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com'
const roles = ['roles/viewer', 'roles/editor']
const members = ['user:a@example.com', 'user:b@example.com', 'group:c@example.com']
const night = { title: 'night', description: '', expression: 'request.time.getHours() < 6' }
const conditions = [null, night]

/** Who has which role under which condition: one bit each. */
export const slots = roles.flatMap((role) =>
  conditions.flatMap((condition) => members.map((member) => ({ role, condition, member }))),
)
export type Slot = (typeof slots)[number]
export const chosen = (bits: number): Slot[] => slots.filter((_, at) => ((bits >> at) & 1) === 1)

const bindingsOf = (of: readonly Slot[]) =>
  Object.values(Object.groupBy(of, ({ role, condition }) => `${role} ${condition?.title}`)).flatMap((group = []) => {
    const [first] = group
    if (first === undefined) return []
    const { role, condition } = first
    return [{ role, members: group.map(({ member }) => member), ...(condition === null ? {} : { condition }) }]
  })

export const policy = (of: readonly Slot[]): Resource => ({
  ...{ id: project, type: 'google_project_iam_policy', name: null, provider: 'gcp', account: project, region: null },
  ...{
    configuration: { bindings: [...bindingsOf(of), { role: 'roles/pubsub.serviceAgent', members: [agent] }] },
    tags: {},
  },
  metadata: { ambient: 'default' },
})

const instance = (address: string, attributes: object): Resource =>
  managed(address, `${project}/x`, {
    ...{ provider: 'google', account: project, region: null },
    attributes: { project, ...attributes } as { [name: string]: string },
    metadata: { provider: 'provider["registry.terraform.io/hashicorp/google"]' },
  })

const asBlock = (condition: Slot['condition']) => ({ condition: condition === null ? [] : [condition] })
export const memberOf = ({ role, condition, member }: Slot): Resource =>
  instance(
    `google_project_iam_member.m${slots.findIndex((one) => one.role === role && one.condition === condition && one.member === member)}`,
    { role, member, ...asBlock(condition) },
  )
export const bindingOf = (of: readonly Slot[], role: number, condition: number): Resource => {
  const [name = '', under = null] = [roles[role], conditions[condition]]
  const meant = of.filter((one) => one.role === name && one.condition === under).map(({ member }) => member)
  return instance(`google_project_iam_binding.b${role}${condition}`, { role: name, members: meant, ...asBlock(under) })
}
const policyOf = (of: readonly Slot[]): Resource =>
  instance('google_project_iam_policy.p', {
    policy_data: JSON.stringify({
      bindings: [...bindingsOf(of), { role: 'roles/pubsub.serviceAgent', members: [agent] }],
    }),
  })
export const other = managed('google_compute_network.n', 'n', {
  provider: 'google',
  account: project,
  attributes: { project },
})

export interface Wanted {
  readonly kind: 'members' | 'binding' | 'policy' | 'nothing' | 'both'
  readonly bits: number
  readonly role: number
  readonly condition: number
}

export const instancesOf = ({ kind, bits, role, condition }: Wanted): Resource[] => {
  const of = chosen(bits)
  if (kind === 'members') return of.map(memberOf)
  if (kind === 'binding') return [bindingOf(of, role, condition)]
  if (kind === 'policy') return [policyOf(of)]
  return kind === 'both'
    ? [...of.filter((one) => one.role === roles[1]).map(memberOf), bindingOf(of, 0, condition)]
    : []
}

/** What a naive reading of both documents says, in the words of the list. */
export function naively(wanted: Wanted, there: readonly Slot[]): string[] {
  const said: string[] = []
  const isThere = (one: Slot) => there.includes(one)
  const desired = chosen(wanted.bits)
  const { kind, condition } = wanted
  const role = kind === 'both' ? 0 : wanted.role
  const inBinding = (one: Slot) => one.role === roles[role] && one.condition === conditions[condition]
  const byMember = kind === 'members' ? desired : kind === 'both' ? desired.filter((one) => one.role === roles[1]) : []
  for (const one of byMember) if (!isThere(one)) said.push(`missing ${memberOf(one).id}`)
  const hasBinding = kind === 'binding' || kind === 'both'
  if (hasBinding) {
    const [before, after] = [desired.filter(inBinding), there.filter(inBinding)]
    const differing = slots.filter((one) => before.includes(one) !== after.includes(one))
    const address = bindingOf([], role, condition).id
    if (after.length === 0 && before.length > 0) said.push(`missing ${address}`)
    else for (const { member } of differing) said.push(`changed ${address} members[=${member}]`)
  }
  if (kind === 'policy') {
    for (const one of slots) {
      if (desired.includes(one) === isThere(one)) continue
      const title = one.condition === null ? '' : ',condition=night'
      said.push(`changed ${policyOf([]).id} policy_data.bindings[role=${one.role}${title}].members[=${one.member}]`)
    }
  }
  if (byMember.length === 0 && !hasBinding) return said.sort()
  for (const one of there) {
    if (byMember.includes(one) || (hasBinding && inBinding(one))) continue
    said.push(`unmanaged ${project} ${one.role} ${one.member}${one.condition === null ? '' : ' night'}`)
  }
  return said.sort()
}

/** What is said of members, in short. */
export const saidOf = (items: readonly Pick<DriftItem, 'status' | 'type' | 'address' | 'fields'>[]): string[] =>
  items
    .filter(({ status, type }) => status !== 'unknown' && type.includes('_iam_'))
    .flatMap(({ status, address, fields }) =>
      fields.length === 0 ? [`${status} ${address}`] : fields.map(({ path }) => `${status} ${address} ${path}`),
    )
    .sort()

const bits = fc.nat({ max: 2 ** slots.length - 1 })

export const anyWanted = fc.record({
  kind: fc.constantFrom('members', 'binding', 'policy', 'nothing', 'both'),
  ...{ bits, role: fc.nat({ max: 1 }), condition: fc.nat({ max: 1 }) },
})

export const anyThere = bits

/** States and lists, one after another. */
export const policyHistories = fc.array(
  fc.record({ wanted: fc.option(anyWanted), there: fc.option(bits), kill: fc.option(fc.nat({ max: 60 })) }),
  { minLength: 2, maxLength: 6 },
)
