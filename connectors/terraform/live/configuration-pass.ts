import { differingPaths } from '../../../model/differing-paths.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { Pool } from '../../pool.ts'
import { asObject, type JsonObject } from '../parse-bytes.ts'
import type { StateReading } from '../read-state.ts'
import { arnOf } from './configure.ts'
import { liveResource, takeOut } from './document.ts'
import type { FailureCode } from './failures.ts'
import { type ManagedInstance, readInstances, readOf, textOf } from './instances.ts'
import type { PassSecrets } from './pass-secrets.ts'
import type { Binary, Provider, Reading, TypeSchema } from './provider/provider.ts'
import { ProviderError } from './provider/provider-error.ts'
import type { Quote } from './provider/quote.ts'
import type { Found, Witnessed } from './witness.ts'

/** An opened provider, and what its instances are read for. */
export interface ConfigurationPass {
  readonly name: string
  readonly provider: Provider
  readonly binary: Binary
  /** The region that the provider is configured with; `null` where it has none. */
  readonly region: string | null
  readonly concurrency: number
  readonly redactor: Redactor
  /** The state's bytes, from the first on. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly wants: (id: string) => boolean
  /** Paths of an instance that move by themselves; `undefined` where that isn't known, and the instance is read twice. */
  readonly volatileOf: (id: string) => readonly string[] | undefined
  readonly learn: (id: string, volatile: readonly string[]) => void
  readonly observe: (resource: Resource, asked: ManagedInstance) => Promise<void>
  readonly fail: (id: string, code: FailureCode, detail: string | Quote, hint?: string) => void
  readonly secrets: PassSecrets
}

/** What makes a null doubtful: the service did not answer as it should. A wrong region, or an old state, says nothing of the service. */
const failuresOfService: ReadonlySet<FailureCode> = new Set([
  'denied',
  'throttled',
  'timed_out',
  'crashed',
  'error',
  'deferred',
])

/** Reads every instance of one provider configuration, `concurrency` at once. Instances in memory: those under way. */
export async function readConfiguration(
  pass: ConfigurationPass,
  signal: AbortSignal,
): Promise<Found & { readonly state: StateReading }> {
  const found = { present: 0, nulls: [] as Witnessed[], failures: [] as { type: string; reason: string }[] }
  const pool = new Pool(pass.concurrency)
  const readOne = async (asked: ManagedInstance): Promise<void> => {
    const { type } = asked.head
    const answer = await answerOf(pass, asked, signal)
    switch (answer.kind) {
      case 'present':
        found.present++
        return pass.observe(answer.resource, asked)
      case 'absent':
        found.nulls.push({ id: asked.id, type, cloudId: textOf(asked.instance.attributes, 'id') })
        return
      case 'unknown':
        if (failuresOfService.has(answer.reason)) found.failures.push({ type, reason: answer.reason })
        else found.present++
        pass.fail(asked.id, answer.reason, answer.detail, answer.hint)
    }
  }
  try {
    const state = await readInstances(pass.chunks, async (asked) => {
      const isOurs = asked.configuration.name === pass.name
      if (isOurs && pass.wants(asked.id)) await pool.add(() => readOne(asked))
      else pass.secrets.add(asked, isOurs ? await schemaFor(pass, asked, signal) : null)
    })
    await pool.drained()
    return { ...found, state }
  } catch (error) {
    // Nothing of it runs on when the provider is closed; its own failure is the one that is thrown.
    await pool.drained().catch(() => undefined)
    throw error
  }
}

type Answer =
  | { readonly kind: 'present'; readonly resource: Resource }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: FailureCode; readonly detail: string | Quote; readonly hint?: string }

const unknown = (reason: FailureCode, detail = ''): Answer => ({ kind: 'unknown', reason, detail })

/** Of an instance that is not read, whose secrets may be quoted all the same. */
async function schemaFor({ provider }: ConfigurationPass, { head }: ManagedInstance, signal: AbortSignal) {
  try {
    return await provider.schemaOf(head.type, signal)
  } catch (error) {
    if (error instanceof ProviderError) return null
    throw error
  }
}

async function answerOf(pass: ConfigurationPass, asked: ManagedInstance, signal: AbortSignal): Promise<Answer> {
  if (asked.instance.ofProvider.isFlat) return unknown('unsupported_state')
  let schema: TypeSchema
  try {
    schema = await pass.provider.schemaOf(asked.head.type, signal)
  } catch (error) {
    pass.secrets.add(asked, null)
    if (!(error instanceof ProviderError)) throw error
    const { reason, message, hint } = error
    return { kind: 'unknown', reason, detail: message, ...(hint === undefined ? {} : { hint }) }
  }
  pass.secrets.add(asked, schema)
  const elsewhere = otherRegion(asked.instance.attributes, schema, pass.region)
  if (elsewhere !== null) return unknown('other_region', `it is in ${elsewhere}, its provider in ${pass.region}`)
  const question = readOf(asked)
  const known = pass.volatileOf(asked.id)
  const first = await pass.provider.read(question, signal)
  if (first.kind !== 'present') return first
  const documentOf = (reading: Extract<Reading, { kind: 'present' }>) =>
    liveResource(asked, reading, { binary: pass.binary, schema, redactor: pass.redactor })
  if (known !== undefined) return { kind: 'present', resource: withoutVolatile(documentOf(first), known) }
  const second = await pass.provider.read(question, signal)
  if (second.kind !== 'present') return second
  const [before, resource] = [documentOf(first), documentOf(second)]
  const volatile = differingPaths(before.configuration as Json, resource.configuration as Json).filter(
    (path) => path !== '',
  )
  pass.learn(asked.id, volatile)
  return { kind: 'present', resource: withoutVolatile(resource, volatile) }
}

/**
 * The region of a thing that its provider configuration can't reach: there it would look deleted. Newer AWS providers have a region at each
 * resource, and reach all of them.
 */
function otherRegion(attributes: JsonObject, schema: TypeSchema, region: string | null): string | null {
  const arn = arnOf(attributes)
  if (region === null || arn === null || arn.region === '' || arn.region === region) return null
  const isOfResource = schema.classOf('region') === 'optional_computed' && textOf(attributes, 'region') === arn.region
  return isOfResource ? null : arn.region
}

function withoutVolatile(resource: Resource, volatile: readonly string[]): Resource {
  const { configuration, metadata } = resource
  if (volatile.length === 0 || !configuration || !metadata) return resource
  const taken = takeOut(configuration, volatile)
  metadata.computed = { ...(asObject(metadata.computed) ?? {}), ...taken }
  metadata.volatile = [...volatile]
  return resource
}
