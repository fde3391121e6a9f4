import fc from 'fast-check'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { joined } from '../../test/aws/state-join.ts'
import { scanOf, stateScope } from './estate.case.ts'
import { awsScope, found, managed } from './join.case.ts'

const accounts = ['111122223333', '444455556666']
const regions = ['eu-west-1', 'us-east-1']
const states = ['app', 'net']
const types = ['aws_sqs_queue', 'aws_security_group', 'aws_vpc_security_group_ingress_rule']
const names = ['a', 'b', 'c']

/** One place of one type, and what is in it: three things may be there, each in the first's group where it is a rule. */
const places = accounts.flatMap((account) => regions.map((region) => ({ account, region })))

/** Histories of two states and of what is collected in two accounts and two regions: by lists, by events, in part, and not at all. */
export const joinHistories = fc.array(
  fc.record({
    act: fc.constantFrom(
      'state',
      'state',
      'state',
      'list',
      'list',
      'list',
      'list',
      'cut',
      'seen',
      'seen',
      'gone',
      'attributed',
      'forget',
    ),
    state: fc.nat({ max: states.length - 1 }),
    // Mostly one place and groups with their rules, so that states and lists meet.
    place: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 2, 3),
    type: fc.constantFrom(1, 1, 1, 2, 2, 0),
    name: fc.nat({ max: names.length - 1 }),
    /** Which of the three things are meant, a bit each. */
    which: fc.constantFrom(0, 1, 2, 3, 5, 7, 7),
    kill: fc.option(fc.nat({ max: 60 })),
  }),
  { minLength: 8, maxLength: 14, size: 'max' },
)

export type JoinStep = typeof joinHistories extends fc.Arbitrary<(infer S)[]> ? S : never

/** The last group of each place is AWS's own. What AWS made stays that, so it is no matter of a history. */
const isAmbient = (type: number, name: number): boolean =>
  types[type] === 'aws_security_group' && name === names.length - 1

const thingOf = (scope: string, type: number, name: number): Resource => {
  const metadata = isAmbient(type, name) ? { ambient: 'default' } : {}
  return found(scope, `${type}-${names[name]}`, { GroupId: `1-${names[name]}` }, metadata)
}

/** What states say and what lists show, a step after another. */
export class JoinWorld {
  readonly #wanted = new Map<string, Map<string, Resource>>()
  readonly #forgotten = new Set<string>()
  readonly #listed = new Map<string, { step: JoinStep; type: number }>()
  #scans = 0

  records(step: JoinStep): object[] {
    const { act, place, type, name, which } = step
    const { account, region } = places[place] ?? { account: '', region: '' }
    const scope = awsScope(types[type] ?? '', account, region)
    const by = { actor: { arn: `user-${which}` }, occurred_at: new Date().toISOString() }
    if (act === 'state') return this.#state(step, account, region)
    if (act === 'list') {
      this.#listed.set(scope, { step, type })
      this.#forgotten.delete(scope)
      return this.#list(scope, step, type)
    }
    if (this.#forgotten.has(scope) || !this.#listed.has(scope)) return []
    if (act === 'cut') {
      const seen = [thingOf(scope, type, name)]
      return scanOf(scope, `c${this.#scans++}`, seen, { errors: [{ message: 'no', code: 'throttled' }] })
    }
    if (act === 'seen') return [{ kind: 'observed', scope, resource: thingOf(scope, type, name), ...by }]
    if (act === 'gone') return [{ kind: 'gone', scope, id: `${type}-${names[name]}`, ...by }]
    if (act === 'forget') {
      this.#forgotten.add(scope)
      return [{ kind: 'scope.forget', scope }]
    }
    const event = { id: `event-${this.#scans++}`, name: 'Modify', source: 'log' }
    return [{ kind: 'attributed', scope, id: `${type}-${names[name]}`, ...by, event }]
  }

  /** Each scope that is still watched, listed once more as it was: the last word on everything. */
  lists(): object[] {
    return [...this.#listed].flatMap(([scope, { step, type }]) =>
      this.#forgotten.has(scope) ? [] : this.#list(scope, step, type),
    )
  }

  /** A list always holds one more thing, which AWS made, so that none is held for being empty. */
  #list(scope: string, { which }: JoinStep, type: number): object[] {
    const there = names.flatMap((_, name) => (((which >> name) & 1) === 1 ? [thingOf(scope, type, name)] : []))
    return scanOf(scope, `a${this.#scans++}`, [...there, found(scope, 'anchor', {}, { ambient: 'default' })])
  }

  /** Three things of one type and place are written down in a state, or taken out of it; both states may have the same. */
  #state({ state, type, which }: JoinStep, account: string, region: string): object[] {
    const name = states[state] ?? ''
    const wanted = this.#wanted.get(name) ?? new Map<string, Resource>()
    this.#wanted.set(name, wanted)
    for (const [at, part] of names.entries()) {
      const address = `${types[type]}.${part}_${account}_${region.replaceAll('-', '_')}`
      const id = `${type}-${part}`
      if (((which >> at) & 1) === 0) wanted.delete(address)
      else wanted.set(address, managed(address, id, { account, region, attributes: { url: id } }))
    }
    return scanOf(stateScope(name), `s${this.#scans++}`, [...wanted.values(), managed('acme_anchor.a', 'anchor')])
  }
}

/** What a naive join of all that there is now says: the keys of what no state has, and the addresses of what is not there. */
export function naively(reader: StateReader): { readonly unmanaged: string[]; readonly missing: string[] } {
  const at = reader.head()
  const all = [...reader.items(at, {})].filter((item) => item !== null)
  const inState = all.filter(({ scope }) => scope.endsWith('/state'))
  const unmanaged: string[] = []
  const missing: string[] = []
  for (const { account, region } of places) {
    const isHere = ({ resource }: (typeof all)[number]) => resource.account === account && resource.region === region
    const here = all.filter(({ scope }) => scope.startsWith('aws/')).filter(isHere)
    const instances = inState.filter(isHere).map(({ key, resource }) => {
      return { type: resource.type, address: key, attributes: resource.configuration ?? {} }
    })
    const known = instances.filter(({ type }) => type !== 'acme_anchor')
    const { extra, found: there } = joined(
      known,
      here.map(({ resource }) => resource),
    )
    const isActive = inState.some(
      ({ resource }) => resource.provider === 'aws' && resource.account === account && resource.type !== 'acme_anchor',
    )
    if (isActive)
      unmanaged.push(...extra.map((one) => one.replace(/^(\S+) /, (_, type) => `${awsScope(type, account, region)}/`)))
    const isListed = (type: string) => reader.scope(awsScope(type, account, region) as Scope)?.status === 'fresh'
    for (const { type, address } of known) if (isListed(type) && !isThere(address, there, known)) missing.push(address)
  }
  return { unmanaged: unmanaged.sort(), missing: missing.sort() }
}

/** The naive join names one address of those that stand for one thing. */
function isThere(
  address: string,
  there: readonly string[],
  known: readonly { readonly address: string; readonly type: string; readonly attributes: object }[],
): boolean {
  const of = known.find((one) => one.address === address)
  const same = known.filter(
    (one) => one.type === of?.type && JSON.stringify(one.attributes) === JSON.stringify(of.attributes),
  )
  return same.some((one) => there.includes(one.address))
}
