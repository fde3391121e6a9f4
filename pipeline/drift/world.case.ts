import fc from 'fast-check'
import type { Resource } from '../../model/resource.ts'
import { type Attributes, desired, liveScopeOf, reading, scanOf, stateScope } from './estate.case.ts'

const states = ['app', 'net']
const addresses = ['toy_web.a', 'toy_web.b', 'toy_port.c']

/** Histories of two states: applies, edits behind Terraform, and passes of live reading. */
export const histories = fc.array(
  fc.record({
    act: fc.constantFrom(
      ...([
        'apply',
        'apply_seen',
        'edit',
        'destroy',
        'remove',
        'take_in',
        'named',
        'pass',
        'pass',
        'pass',
        'pass_with_error',
      ] as const),
    ),
    state: fc.nat({ max: states.length - 1 }),
    thing: fc.nat({ max: addresses.length - 1 }),
    value: fc.nat({ max: 3 }),
    /** After how many reads of the view's the process is killed; null: it is left alone. */
    kill: fc.option(fc.nat({ max: 40 })),
  }),
  { minLength: 4, maxLength: 14 },
)
export type Step = typeof histories extends fc.Arbitrary<(infer S)[]> ? S : never

const terraform = { user_agent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)' }

/** What is out there, and what the states say. */
export class World {
  readonly #actual = new Map<string, Attributes>()
  readonly #wanted = new Map<string, Resource>()
  /** Who changed what is out there last. */
  readonly #by = new Map<string, { [name: string]: string } | null>()
  #scans = 0

  records({ act, state, thing, value }: Step): object[] {
    const name = states[state] ?? ''
    const address = addresses[thing] ?? ''
    const at = `${name} ${address}`
    const attributes = { size: value, ports: value > 1 ? [`port-${value}`, 'port-0'] : ['port-0'], etag: this.#scans }
    if (act === 'named') return [this.#named(name, address, value)]
    if (act.startsWith('apply')) this.#by.set(at, terraform)
    // Who did it is not always known when it is seen.
    else if (act !== 'take_in' && !act.startsWith('pass'))
      this.#by.set(at, value === 0 ? null : { arn: `user-${value}` })
    if (act === 'apply' || act === 'apply_seen') {
      // Terraform changes what is out there first, and a pass may see it before the state says so.
      const wanted = this.#wanted.get(at)
      if (act === 'apply_seen' && wanted) {
        this.#actual.set(at, attributes)
        return this.#pass(name, null)
      }
      this.#actual.set(at, attributes)
      this.#wanted.set(
        at,
        desired(address, address === 'toy_port.c' ? { ...attributes, id: `port-${value}` } : attributes),
      )
    } else if (act === 'edit' && this.#actual.has(at)) this.#actual.set(at, attributes)
    else if (act === 'destroy') this.#actual.delete(at)
    else if (act === 'remove') {
      this.#actual.delete(at)
      this.#wanted.delete(at)
    } else if (act === 'take_in') {
      const now = this.#actual.get(at)
      if (now && this.#wanted.has(at)) this.#wanted.set(at, desired(address, now))
    }
    return act.startsWith('pass') ? this.#pass(name, act === 'pass' ? null : address) : this.#stateScan(name)
  }

  /** The cloud's own log says later who made a change. */
  #named(name: string, address: string, value: number): object {
    const event = { id: `event-${this.#scans++}`, name: 'Modify', source: 'log' }
    const occurred_at = new Date().toISOString()
    return {
      kind: 'attributed',
      scope: liveScopeOf(name),
      id: address,
      occurred_at,
      actor: { arn: `later-${value}` },
      event,
    }
  }

  #of(name: string): [string, Resource][] {
    return addresses.flatMap((address): [string, Resource][] => {
      const found = this.#wanted.get(`${name} ${address}`)
      return found ? [[address, found]] : []
    })
  }

  #stateScan(name: string): object[] {
    return scanOf(
      stateScope(name),
      `s${this.#scans++}`,
      this.#of(name).map(([, resource]) => resource),
    )
  }

  #pass(name: string, unread: string | null): object[] {
    const seen: Resource[] = []
    const gone: string[] = []
    for (const [address, wanted] of this.#of(name)) {
      if (address === unread) continue
      const actual = this.#actual.get(`${name} ${address}`)
      if (actual) seen.push(reading(wanted, { ...actual, id: wanted.configuration?.id ?? null }))
      else gone.push(address)
    }
    const warnings = gone.length === 0 ? [] : [{ message: 'gone', code: 'missing', ids: gone }]
    const errors = unread === null ? {} : { errors: [{ message: 'no', code: 'denied', ids: [unread] }] }
    const by = (address: string) => this.#by.get(`${name} ${address}`) ?? null
    return scanOf(liveScopeOf(name), `l${this.#scans++}`, seen, { gone, warnings, by, ...errors })
  }
}
