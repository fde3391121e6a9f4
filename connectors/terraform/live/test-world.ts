import type { Json } from '../../../model/resource.ts'
import type { JsonObject } from '../parse-bytes.ts'
import type { Providers } from './live-reading.ts'
import type {
  AttributeClass,
  Binary,
  Provider,
  ProviderOptions,
  Reading,
  StateInstance,
  TypeSchema,
} from './provider/provider.ts'
import { ProviderError } from './provider/provider-error.ts'
import { Quote } from './provider/quote.ts'

/** What stands behind an id: attributes, nothing, or why nothing can be said. */
export type Real = JsonObject | null | Extract<Reading, { kind: 'unknown' }>

export interface World extends Providers {
  /** By cloud id; an id that is missing here is not there. */
  readonly things: Map<string, Real>
  /** Called at each read, after it has begun. */
  onRead: (instance: StateInstance) => Promise<void> | void
  /** Throws what a provider's opening throws. */
  onOpen: (options: ProviderOptions) => void
  /** Processes that were opened, in their order, and are open now. */
  readonly opened: ProviderOptions[]
  readonly open_: { now: number; most: number }
  readonly reads: { count: number; now: number; most: number }
}

export interface TestSchema {
  readonly classes?: Readonly<Record<string, AttributeClass>>
  readonly sets?: readonly string[]
  readonly sensitive?: readonly string[]
  readonly blocks?: readonly string[]
}

/** A provider in this process that keeps the contract of `provider.ts`: its things are what the test says. */
export function worldOf(
  things: Readonly<Record<string, Real>>,
  schemas: Readonly<Record<string, TestSchema>> = {},
): World {
  const world: World = {
    things: new Map(Object.entries(things)),
    onRead: () => undefined,
    onOpen: () => undefined,
    opened: [],
    open_: { now: 0, most: 0 },
    reads: { count: 0, now: 0, most: 0 },
    find: async (address): Promise<Binary> => ({ address, version: '1.2.3', path: '/provider', hash: null }),
    async open(options) {
      world.onOpen(options)
      world.opened.push(options)
      world.open_.most = Math.max(world.open_.most, ++world.open_.now)
      return providerOf(world, schemas)
    },
  }
  return world
}

function providerOf(world: World, schemas: Readonly<Record<string, TestSchema>>): Provider {
  let isOpen = true
  return {
    async schemaOf(type) {
      if (type === 'aws_unheard_of') throw new ProviderError('no_such_type', `it has no ${type}`)
      return schemaOf(schemas[type] ?? {})
    },
    async read(instance, signal): Promise<Reading> {
      signal.throwIfAborted()
      if (!isOpen) throw new Error('the provider is closed')
      const { reads } = world
      reads.count++
      reads.most = Math.max(reads.most, ++reads.now)
      try {
        await Promise.resolve()
        await world.onRead(instance)
        signal.throwIfAborted()
        const attributes = JSON.parse(Buffer.from(instance.attributes).toString()) as JsonObject
        const real = world.things.get(String(attributes.id)) ?? null
        if (real === null) return { kind: 'absent' }
        if (isUnknown(real)) return real
        return { kind: 'present', attributes: structuredClone(real), identity: null }
      } finally {
        reads.now--
      }
    },
    async [Symbol.asyncDispose]() {
      isOpen = false
      world.open_.now--
    },
  }
}

const isUnknown = (real: Real): real is Extract<Reading, { kind: 'unknown' }> => real?.kind === 'unknown'

function schemaOf({ classes = {}, sets = [], sensitive = [], blocks = [] }: TestSchema): TypeSchema {
  const of = (wanted: AttributeClass) => Object.keys(classes).filter((path) => classes[path] === wanted)
  return {
    version: 1,
    identityVersion: null,
    classOf: (path) => classes[path] ?? null,
    sets,
    sensitive,
    writeOnly: [],
    computedOnly: of('computed'),
    optionalComputed: of('optional_computed'),
    blocks,
  }
}

export const unknown = (reason: Extract<Reading, { kind: 'unknown' }>['reason'], detail = 'no'): Real => ({
  kind: 'unknown',
  reason,
  detail: new Quote(detail),
})

export type Attributes = { [name: string]: Json }
