import type { Scope } from '../../model/scope.ts'
import { asResource, parseElement } from './resource-key.ts'
import type { ScopedResource } from './scoped-resources.ts'

export interface ImportOptions {
  /** When the resources were seen so; null where the snapshot doesn't say. */
  readonly observedAt: string | null
  /**
   * How many resources each scope has, when the snapshot holds all of them: then each scope is one complete scan, and
   * what it lacks is deleted. Null: the resources are added and updated, and nothing is deleted.
   */
  readonly complete: ReadonlyMap<Scope, number> | null
  /** Names the scans. */
  readonly scan: string
}

const encoder = new TextEncoder()
const line = (record: object): Uint8Array => encoder.encode(`${JSON.stringify(record)}\n`)

/** A snapshot's resources as input records, NDJSON, in pieces. */
export async function* inputRecords(
  resources: AsyncIterable<readonly ScopedResource[]>,
  { observedAt, complete, scan }: ImportOptions,
): AsyncGenerator<Uint8Array> {
  const when = observedAt === null ? {} : { observed_at: observedAt }
  for (const scope of complete?.keys() ?? []) yield line({ kind: 'scan.begin', scope, scan, ...when })
  const common = complete === null ? when : { scan, ...when }
  for await (const batch of resources) {
    for (const { scope, json } of batch) {
      yield encoder.encode(`${JSON.stringify({ kind: 'observed', scope, ...common }).slice(0, -1)},"resource":`)
      yield oneLine(bare(json, scope))
      yield encoder.encode('}\n')
    }
  }
  for (const [scope, count] of complete ?? []) {
    yield line({ kind: 'scan.end', scope, scan, complete: true, count, ...when })
  }
}

const earlyConfiguration = Buffer.from('"config"')

/** Without the `scope` that files of ours add at the end, and with the names that VAINO came to use. */
function bare(json: Uint8Array, scope: Scope): Uint8Array {
  const text = Buffer.from(json.buffer, json.byteOffset, json.length)
  if (text.includes(earlyConfiguration)) {
    const { scope: _, config: __, ...rest } = asResource(parseElement(json, 'a resource'), 'a resource')
    return encoder.encode(JSON.stringify(rest))
  }
  const added = `,"scope":${JSON.stringify(scope)}}`
  if (text.subarray(-Buffer.byteLength(added)).toString() !== added) return json
  return Buffer.concat([text.subarray(0, -Buffer.byteLength(added)), Buffer.from('}')])
}

/** Line breaks stand only between tokens of JSON, never in a text, so a space does as well. */
function oneLine(json: Uint8Array): Uint8Array {
  if (!json.includes(0x0a) && !json.includes(0x0d)) return json
  return json.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte))
}
