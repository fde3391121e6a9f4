import { createHash } from 'node:crypto'
import type { KeptFiles } from '../kept-files.ts'
import type { SchemaAnswer } from './protocol.ts'

// The schema of a provider, encoded as the provider said it, in a file: a header, an index, and a part for each type. Only the parts that are asked
// for are read, so of AWS' 5 MB some 300 KB. Each part has a digest, so that a damaged file is found out where it is used.

/** A provider's schema, still encoded. */
export interface EncodedSchema {
  readonly provider: Uint8Array
  /** null: there is no such type. @throws DamagedSchema */
  readonly resource: (type: string) => Promise<Uint8Array | null>
  /** null: the type has no identity. @throws DamagedSchema */
  readonly identity: (type: string) => Promise<Uint8Array | null>
}

/** All of it, as the provider's answers have it. */
export interface WholeSchema extends Pick<SchemaAnswer, 'provider' | 'resources'> {
  readonly identities: ReadonlyMap<string, Uint8Array>
}

/** What is kept is not what was written: it is to be asked for anew. */
export class DamagedSchema extends Error {}

/** Changes with the layout, so that no version reads the files of another. */
const format = 'vaino provider schema 1'
const headerBytes = 128
/** The index of AWS' 1,526 types has 110 KB. */
const maxIndexBytes = 8 * 2 ** 20

type Part = readonly [at: number, length: number, digest: string]
interface Index {
  readonly binary: string
  readonly provider: Part
  readonly identities: Readonly<Record<string, Part>>
  readonly resources: Readonly<Record<string, Part>>
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url').slice(0, 22)

/** @param binary what the schema is of */
export async function keepSchema(
  kept: KeptFiles,
  binary: string,
  { provider, resources, identities }: WholeSchema,
): Promise<EncodedSchema | null> {
  const parts: Uint8Array[] = []
  let at = 0
  function put(bytes: Uint8Array): Part {
    parts.push(bytes)
    at += bytes.length
    return [at - bytes.length, bytes.length, digestOf(bytes)]
  }
  const putAll = (all: ReadonlyMap<string, Uint8Array>) =>
    Object.fromEntries([...all].map(([name, bytes]) => [name, put(bytes)]))
  const index: Index = { binary, provider: put(provider), identities: putAll(identities), resources: putAll(resources) }
  const encoded = Buffer.from(JSON.stringify(index))
  const header = JSON.stringify([format, encoded.length, digestOf(encoded)]).padEnd(headerBytes)
  const isKept = await kept.write(binary, [Buffer.concat([Buffer.from(header), encoded, ...parts])])
  return isKept ? readKeptSchema(kept, binary) : null
}

/** @returns null where there is none, or it is damaged */
export async function readKeptSchema(kept: KeptFiles, binary: string): Promise<EncodedSchema | null> {
  try {
    const header = await kept.read(binary, 0, headerBytes)
    if (header === null) return null
    const [is, length, digest] = JSON.parse(Buffer.from(header).toString()) as unknown[]
    if (is !== format || typeof length !== 'number' || length > maxIndexBytes) return null
    const encoded = await kept.read(binary, headerBytes, length)
    if (encoded === null || digestOf(encoded) !== digest) return null
    const index = JSON.parse(Buffer.from(encoded).toString()) as Index
    if (index.binary !== binary) return null
    return await schemaOf(kept, binary, index, headerBytes + length)
  } catch (error) {
    if (error instanceof DamagedSchema || error instanceof SyntaxError) return null
    throw error
  }
}

async function schemaOf(kept: KeptFiles, binary: string, index: Index, base: number): Promise<EncodedSchema> {
  async function get([at, length, digest]: Part): Promise<Uint8Array> {
    const bytes = await kept.read(binary, base + at, length)
    if (bytes === null || digestOf(bytes) !== digest) throw new DamagedSchema()
    return bytes
  }
  const [resources, identities] = [index.resources, index.identities].map((parts) => new Map(Object.entries(parts)))
  const getOf = (parts: ReadonlyMap<string, Part> | undefined) => async (type: string) => {
    const part = parts?.get(type)
    return part === undefined ? null : get(part)
  }
  return { provider: await get(index.provider), resource: getOf(resources), identity: getOf(identities) }
}
