import { VainoError } from '../../model/errors.ts'
import { JsonElementSplitter } from '../../model/json-elements.ts'

/**
 * What a file holds:
 * - `snapshot`: VAINO's snapshot JSON, `{"id", "timestamp", "provider", "resources": […], "metadata"}`;
 * - `lines`: what `GET /v1/snapshot` answers, one item a line;
 * - `terraform`: a Terraform state, which also has `resources`, of another shape.
 */
export type DocumentKind = 'snapshot' | 'lines' | 'terraform'

/** Bytes of a file read to recognise its kind. */
export const kindPrefixBytes = 64 * 1024

/**
 * Recognises by the first fields what a file holds.
 * @param prefix its beginning, up to {@link kindPrefixBytes}
 * @throws VainoError `bad_input` when it is nothing that can be read as a snapshot, saying what it looks like
 */
export function documentKind(prefix: Uint8Array, name: string): DocumentKind {
  checkEncoding(prefix, name)
  const fields = rootFields(prefix, name)
  const has = (...wanted: string[]) => wanted.some((field) => fields.includes(field))
  if (has('op', 'control')) return 'lines'
  if (has('terraform_version', 'lineage', 'serial') || (has('modules') && has('version'))) return 'terraform'
  if (has('resources') || (has('id') && has('timestamp', 'provider'))) return 'snapshot'
  throw new VainoError('bad_input', `${name}: not a snapshot; ${describe(fields)}`, { hint: hintFor(has) })
}

const whatIsRead =
  'Expected a snapshot of VAINO ({"id", "timestamp", "resources": […]}), what GET /v1/snapshot answers, or a Terraform state.'

function hintFor(has: (...fields: string[]) => boolean): string {
  if (has('snapshot_id')) return "This is one of VAINO's baselines: give the file of the snapshot that it names."
  if (has('kind')) return 'These look like input records: send them to a server with `vaino ingest`.'
  if (has('planned_values', 'values')) return 'This is what `terraform show -json` prints: take `terraform state pull`.'
  return whatIsRead
}

const describe = (fields: readonly string[]): string =>
  fields.length === 0
    ? 'it begins with an object that has no fields'
    : `its fields are ${fields.slice(0, 8).join(', ')}${fields.length > 8 ? ', …' : ''}`

/** The names directly in the first object, as far as the prefix shows them. */
function rootFields(prefix: Uint8Array, name: string): string[] {
  let isWhole = false
  const splitter = new JsonElementSplitter(
    { name, array: null },
    {
      // What follows the first object would take the place of its marks.
      known: (_bytes, _start, available) => (isWhole ? available : 0),
      element: () => {
        isWhole = true
      },
    },
  )
  try {
    splitter.push(prefix)
  } catch (cause) {
    if (!(cause instanceof VainoError)) throw cause
    throw new VainoError(cause.code, cause.message, { hint: whatIsRead, cause })
  }
  let start = 0
  while (prefix[start] !== 0x7b) if (++start >= prefix.length) throw new VainoError('bad_input', `${name}: is empty`)
  const names: string[] = []
  for (let m = 0; m < Math.min(splitter.markCount, splitter.marks.length); m++) {
    const text = /^"((?:[^"\\]|\\.)*)"\s*:/.exec(latin1(prefix, start + (splitter.marks[m] ?? 0)))
    if (text?.[1] !== undefined) names.push(text[1])
  }
  return names
}

const latin1 = (bytes: Uint8Array, at: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(512, bytes.length - at)).toString('latin1')

const starts = (bytes: Uint8Array, ...magic: number[]): boolean => magic.every((byte, at) => bytes[at] === byte)

function checkEncoding(prefix: Uint8Array, name: string): void {
  const refuse = (what: string, hint: string): never => {
    throw new VainoError('bad_input', `${name}: ${what}`, { hint })
  }
  if (starts(prefix, 0x1f, 0x8b)) refuse('compressed with gzip', `Unpack it first: gunzip -k ${name}`)
  if (starts(prefix, 0x28, 0xb5, 0x2f, 0xfd)) refuse('compressed with zstd', `Unpack it first: zstd -dk ${name}`)
  if (starts(prefix, 0xff, 0xfe) || starts(prefix, 0xfe, 0xff)) refuse('UTF-16 text', 'Convert it to UTF-8.')
  if (starts(prefix, 0x53, 0x51, 0x4c, 0x69)) refuse('an SQLite database', 'Give a snapshot: `vaino snapshot export`.')
}
