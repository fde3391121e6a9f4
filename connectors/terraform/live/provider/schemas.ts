import { LRUCache } from 'lru-cache'
import type { KeptFiles } from '../kept-files.ts'
import { errorsOf, textOfDiagnostic } from './diagnostics.ts'
import { CallError, callCodes } from './grpc.ts'
import { DamagedSchema, type EncodedSchema, keepSchema, readKeptSchema, type WholeSchema } from './kept-schema.ts'
import type { Limit, Protocol } from './protocol.ts'
import type { TypeSchema } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { type Block, decodeIdentitySchema, decodeSchema, type ObjectShape } from './schema.ts'
import { typeSchemaOf } from './type-schema.ts'

export interface ResourceType {
  readonly schema: TypeSchema
  readonly shape: ObjectShape
  readonly identity: ObjectShape | null
}

/** What is known of a binary's schema: only the types that somebody asked for are decoded. */
interface Known {
  readonly provider: Block
  /** On the disk where it could be kept there, else in memory. */
  encoded: EncodedSchema
  /** null: the provider has no such type. */
  readonly types: Map<string, ResourceType | null>
}

/** A pass over many states uses few binaries. Ninety types of AWS' take some 2 MB, and what can't be kept on the disk 5 more. */
const known = new LRUCache<string, Known>({ max: 8 })
/** Processes of one binary that start together ask one of them. */
const asking = new Map<string, Promise<unknown>>()

/** The schema of a provider that runs. */
export interface Schemas {
  readonly provider: Block
  /** @throws ProviderError `no_such_type`, or why the provider can't say */
  readonly typeOf: (type: string, limit: Limit) => Promise<ResourceType>
}

/**
 * Asks a provider for its schema, or takes what an earlier process of the same binary said: AWS' costs the provider a second and 80 MB. A provider
 * whose process can't be used without being asked first is asked each time.
 * @param binary what changes when the file does
 * @throws ProviderError, CallError, the signal's reason
 */
export async function schemasOf(
  protocol: Protocol,
  binary: string,
  kept: KeptFiles | null,
  limit: Limit,
): Promise<Schemas> {
  await untilAnswered(binary, limit.signal)
  const entry =
    known.get(binary) ?? (await sharing(binary, async () => (await ofEarlierProcess(binary, kept)) ?? ask()))

  async function ask(): Promise<Known> {
    const answer = await askWhole(protocol, limit)
    const found = knownOf((answer.isOptional && kept && (await keepSchema(kept, binary, answer))) || inMemory(answer))
    if (answer.isOptional) known.set(binary, found)
    return found
  }

  /** What was kept is damaged, or gone: this process is asked, and once for all types. */
  async function repair(damaged: EncodedSchema, of: Limit): Promise<void> {
    await untilAnswered(binary, of.signal)
    if (entry.encoded !== damaged) return
    await sharing(binary, async () => {
      const answer = await askWhole(protocol, of)
      if (kept) await keepSchema(kept, binary, answer)
      entry.encoded = inMemory(answer)
    })
  }

  async function load(type: string, of: Limit): Promise<ResourceType | null> {
    const { encoded } = entry
    try {
      return await decodeType(encoded, type)
    } catch (error) {
      if (!(error instanceof DamagedSchema)) throw error
      await repair(encoded, of)
      return decodeType(entry.encoded, type)
    }
  }

  async function typeOf(type: string, of: Limit): Promise<ResourceType> {
    const found = entry.types.has(type) ? (entry.types.get(type) ?? null) : await load(type, of)
    entry.types.set(type, found)
    if (found !== null) return found
    throw new ProviderError('no_such_type', `the provider has no type ${type}`, {
      hint: 'Is the provider older than the state, or has the type been removed from it?',
    })
  }
  return { provider: entry.provider, typeOf }
}

/** While another process of the binary is asked, its answer is waited for. @throws the signal's reason */
async function untilAnswered(binary: string, signal: AbortSignal): Promise<void> {
  for (let pending = asking.get(binary); pending !== undefined; pending = asking.get(binary)) {
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([pending.catch(() => undefined), aborted.promise])
    signal.throwIfAborted()
  }
}

async function sharing<T>(binary: string, ask: () => Promise<T>): Promise<T> {
  const answer = ask()
  asking.set(binary, answer)
  try {
    return await answer
  } finally {
    if (asking.get(binary) === answer) asking.delete(binary)
  }
}

async function ofEarlierProcess(binary: string, kept: KeptFiles | null): Promise<Known | null> {
  const encoded = kept && (await readKeptSchema(kept, binary))
  if (!encoded) return null
  const found = knownOf(encoded)
  known.set(binary, found)
  return found
}

const knownOf = (encoded: EncodedSchema): Known => ({
  ...{ encoded, types: new Map() },
  provider: decodeSchema(encoded.provider).block,
})

const inMemory = ({ provider, resources, identities }: WholeSchema): EncodedSchema => ({
  provider,
  resource: async (type) => resources.get(type) ?? null,
  identity: async (type) => identities.get(type) ?? null,
})

async function decodeType(encoded: EncodedSchema, type: string): Promise<ResourceType | null> {
  const bytes = await encoded.resource(type)
  if (bytes === null) return null
  const encodedIdentity = await encoded.identity(type)
  const identity = encodedIdentity && decodeIdentitySchema(encodedIdentity)
  const schema = decodeSchema(bytes)
  return {
    schema: typeSchemaOf(schema, identity?.version ?? null),
    shape: schema.block.shape,
    identity: identity?.shape ?? null,
  }
}

async function askWhole(protocol: Protocol, limit: Limit): Promise<WholeSchema & { readonly isOptional: boolean }> {
  const answer = await protocol.getSchema(limit)
  const [error] = errorsOf(answer.diagnostics)
  if (error !== undefined) throw new ProviderError('not_started', `it has no schema: ${textOfDiagnostic(error)}`)
  return { ...answer, identities: await askIdentities(protocol, limit) }
}

async function askIdentities(protocol: Protocol, limit: Limit): Promise<WholeSchema['identities']> {
  try {
    return (await protocol.getIdentitySchemas(limit)).schemas
  } catch (error) {
    // Built before identities were part of the protocol.
    if (error instanceof CallError && error.code === callCodes.unimplemented) return new Map()
    throw error
  }
}
