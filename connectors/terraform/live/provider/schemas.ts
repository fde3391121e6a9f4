import { LRUCache } from 'lru-cache'
import { errorsOf, textOfDiagnostic } from './diagnostics.ts'
import { CallError, callCodes } from './grpc.ts'
import type { Limit, Protocol, SchemaAnswer } from './protocol.ts'
import type { TypeSchema } from './provider.ts'
import { ProviderError } from './provider-error.ts'
import { type Block, decodeIdentitySchema, decodeSchema, type ObjectShape } from './schema.ts'
import { typeSchemaOf } from './type-schema.ts'

export interface ResourceType {
  readonly schema: TypeSchema
  readonly shape: ObjectShape
  readonly identity: ObjectShape | null
}

/** What is known of a binary's schema: only the types that somebody asked for are decoded and kept. */
interface Known {
  readonly provider: Block
  readonly isOptional: boolean
  readonly identities: ReadonlyMap<string, { readonly version: number; readonly shape: ObjectShape }>
  /** null: the provider has no such type. */
  readonly types: Map<string, ResourceType | null>
}

/** A pass over many states uses few binaries. Ninety types of AWS' take some 2 MB. */
const known = new LRUCache<string, Known>({ max: 8 })

/** The schema of a provider that runs. */
export interface Schemas {
  readonly provider: Block
  /** @throws ProviderError `no_such_type`, or why the provider can't say */
  readonly typeOf: (type: string, limit: Limit) => Promise<ResourceType>
}

/**
 * Asks a provider for its schema, or takes what an earlier process of the same binary said: AWS' takes a second and costs the provider 80 MB.
 * @param binary what changes when the file does
 * @throws ProviderError, CallError, the signal's reason
 */
export async function schemasOf(protocol: Protocol, binary: string, limit: Limit): Promise<Schemas> {
  let answer: SchemaAnswer | null = null
  let entry = known.get(binary)
  if (entry === undefined || !entry.isOptional) {
    answer = await askSchema(protocol, limit)
    entry ??= {
      provider: decodeSchema(answer.provider).block,
      isOptional: answer.isOptional,
      identities: await askIdentities(protocol, limit),
      types: new Map(),
    }
    known.set(binary, entry)
  }
  const { provider, identities, types } = entry

  async function typeOf(type: string, of: Limit): Promise<ResourceType> {
    if (!types.has(type)) {
      answer ??= await askSchema(protocol, of)
      const encoded = answer.resources.get(type)
      const identity = identities.get(type) ?? null
      types.set(type, encoded === undefined ? null : resourceType(encoded, identity))
    }
    const found = types.get(type) ?? null
    if (found !== null) return found
    throw new ProviderError('no_such_type', `the provider has no type ${type}`, {
      hint: 'Is the provider older than the state, or has the type been removed from it?',
    })
  }
  return { provider, typeOf }
}

function resourceType(encoded: Uint8Array, identity: { version: number; shape: ObjectShape } | null): ResourceType {
  const schema = decodeSchema(encoded)
  return {
    schema: typeSchemaOf(schema, identity?.version ?? null),
    shape: schema.block.shape,
    identity: identity?.shape ?? null,
  }
}

async function askSchema(protocol: Protocol, limit: Limit): Promise<SchemaAnswer> {
  const answer = await protocol.getSchema(limit)
  const [error] = errorsOf(answer.diagnostics)
  if (error !== undefined) throw new ProviderError('not_started', `it has no schema: ${textOfDiagnostic(error)}`)
  return answer
}

async function askIdentities(protocol: Protocol, limit: Limit): Promise<Known['identities']> {
  try {
    const { schemas } = await protocol.getIdentitySchemas(limit)
    return new Map([...schemas].map(([type, encoded]) => [type, decodeIdentitySchema(encoded)]))
  } catch (error) {
    // Built before identities were part of the protocol.
    if (error instanceof CallError && error.code === callCodes.unimplemented) return new Map()
    throw error
  }
}
