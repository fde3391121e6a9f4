import { encode } from '@msgpack/msgpack'
import type { Json } from '../../../../model/resource.ts'
import { asObject } from '../../parse-bytes.ts'
import { classOfText, errorsOf, isMissingIdentity, textOfDiagnostic } from './diagnostics.ts'
import { toEncodable } from './encode-value.ts'
import { CallError, callCodes } from './grpc.ts'
import type { Diagnostic, Limit, Protocol, ReadAnswer, WireValue } from './protocol.ts'
import type { Reading, StateInstance, UnknownReason } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { Quote } from './quote.ts'
import type { RunningProvider } from './running-provider.ts'
import type { ResourceType } from './schemas.ts'
import { decodeValue, ValueError } from './value.ts'
import { MalformedMessage } from './wire.ts'

/** The process died while it read. */
export interface Died {
  readonly kind: 'died'
  /** `with code 2`, `by a panic in …` */
  readonly how: string
}

export interface ReadContext {
  readonly running: RunningProvider
  readonly timeoutMs: number
}

/** Reads one instance: brings what the state has to the provider's own schema, and asks what there is now. @throws the signal's reason */
export async function readInstance(
  instance: StateInstance,
  { running, timeoutMs }: ReadContext,
  signal: AbortSignal,
): Promise<Reading | Died> {
  const until = Date.now() + timeoutMs
  const limit = (): Limit => ({ timeoutMs: Math.max(1, until - Date.now()), signal })
  const say = (reason: UnknownReason, text: string): Reading => ({ kind: 'unknown', reason, detail: new Quote(text) })
  try {
    const type = await running.schemas.typeOf(instance.type, limit())
    const current = await currentOf(instance, type, running.protocol, limit)
    if ('kind' in current) return say(current.kind, current.text)
    const bytes = instance.private === null ? new Uint8Array(0) : Buffer.from(instance.private, 'base64')
    const answer = await running.protocol.read({ type: instance.type, ...current, private: bytes }, limit())
    return readingOf(answer, type, say)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ProviderError) return say(error.reason, error.message)
    if (error instanceof ValueError) return say('error', error.message)
    if (error instanceof MalformedMessage) return say('error', 'its answer is no message of the protocol')
    if (!(error instanceof CallError)) throw error
    const how = await running.deathBehind(error)
    if (how !== null) return { kind: 'died', how }
    // At the same moment the provider gives up too, and its cancelling the call may come first.
    if (error.code === callCodes.deadline || (error.code === callCodes.cancelled && Date.now() >= until))
      return say('timed_out', `no answer within ${timeoutMs / 1000} s`)
    return say(classOfText(error.message), error.message)
  }
}

type Failure = { readonly kind: UnknownReason; readonly text: string }
interface Current {
  readonly state: WireValue
  readonly identity: WireValue
}

/** What the state has, as the provider's own schema has it. */
async function currentOf(
  instance: StateInstance,
  type: ResourceType,
  protocol: Protocol,
  limit: () => Limit,
): Promise<Current | Failure> {
  const { version, identityVersion } = type.schema
  // Providers take a newer version without complaint and lose what they don't know.
  if (instance.schemaVersion > version)
    return newerState(
      `the state has version ${instance.schemaVersion} of ${instance.type}, and the provider knows ${version}`,
    )
  const upgraded = await protocol.upgradeState(instance.type, instance.schemaVersion, instance.attributes, limit())
  const refused = failureOf(upgraded.diagnostics)
  if (refused !== null) return refused
  if (upgraded.value === null) return { kind: 'error', text: 'the provider makes nothing of what the state has' }
  const identity = await identityOf(instance, identityVersion, type, protocol, limit)
  return identity !== null && 'kind' in identity ? identity : { state: upgraded.value, identity }
}

const newerState = (text: string): Failure => ({ kind: 'newer_state', text })

async function identityOf(
  { type: name, identity, identitySchemaVersion }: StateInstance,
  version: number | null,
  type: ResourceType,
  protocol: Protocol,
  limit: () => Limit,
): Promise<WireValue | Failure> {
  if (identity === null || type.identity === null || version === null) return null
  const has = identitySchemaVersion ?? 0
  if (has > version)
    return newerState(`the state has version ${has} of the identity of ${name}, and the provider knows ${version}`)
  if (has === version) {
    const bytes = encode(toEncodable(identity, type.identity, 'identity'), { useBigInt64: true })
    return { form: 'msgpack', bytes }
  }
  const upgraded = await protocol.upgradeIdentity(name, has, Buffer.from(JSON.stringify(identity)), limit())
  return failureOf(upgraded.diagnostics) ?? upgraded.value
}

function failureOf(diagnostics: readonly Diagnostic[]): Failure | null {
  const [error] = errorsOf(diagnostics)
  if (error === undefined) return null
  const text = textOfDiagnostic(error)
  return { kind: classOfText(text), text }
}

function readingOf(
  answer: ReadAnswer,
  type: ResourceType,
  say: (reason: UnknownReason, text: string) => Reading,
): Reading {
  const state = decodeValue(answer.state, type.shape)
  const others = answer.diagnostics.filter((one) => !(state === null && isMissingIdentity(one)))
  const error = failureOf(others)
  if (error !== null) return say(error.kind, error.text)
  const [warning] = others
  if (warning !== undefined) return say('warning', textOfDiagnostic(warning))
  if (answer.isDeferred) return say('deferred', 'the provider puts the reading off')
  const attributes = asObject(state)
  if (attributes === null) return { kind: 'absent' }
  const identity: Json = type.identity === null ? null : decodeValue(answer.identity, type.identity)
  return { kind: 'present', attributes, identity }
}
