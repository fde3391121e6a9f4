import { VainoError } from '../../model/errors.ts'
import { JsonElementSplitter } from '../../model/json-elements.ts'
import type { Json } from '../../model/resource.ts'
import { KeyReader, parseElement } from './resource-key.ts'
import type { ResourceReader, ResourceVisitor, SnapshotHeader } from './resource-visitor.ts'

/** Reads VAINO's snapshot JSON: `{"id", "timestamp", "provider", "resources": […], "metadata"}`, in any order. */
export class DocumentReader implements ResourceReader {
  readonly #name: string
  readonly #splitter: JsonElementSplitter

  constructor(name: string, visitor: ResourceVisitor | null) {
    const key = new KeyReader()
    this.#name = name
    this.#splitter = new JsonElementSplitter(
      { name, array: 'resources' },
      {
        element: (bytes, start, end, offset) => {
          if (visitor === null) return
          key.read(this.#splitter, bytes, start, end, () => `${name}: byte ${offset}`)
          visitor.resource(key, bytes, start, end, offset)
        },
        ...(visitor?.known && { known: visitor.known.bind(visitor) }),
      },
    )
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk)
  }

  end(): SnapshotHeader {
    const envelope = parseElement(Buffer.from(this.#splitter.end()), `${this.#name}: outside "resources"`)
    return { ...headerIn(envelope, this.#name), resources: this.#splitter.count }
  }
}

const text = (value: Json | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** `"resources": null` is how VAINO writes that there are none. */
function headerIn(envelope: Json, name: string): Omit<SnapshotHeader, 'resources'> {
  const fields = envelope as { [name: string]: Json }
  const { resources } = fields
  if (resources !== null && !(Array.isArray(resources) && resources.length === 0)) {
    const what = resources === undefined ? 'no "resources"' : '"resources" is not an array of objects'
    throw new VainoError('bad_input', `${name}: ${what}`, { hint: 'Expected {"id", "timestamp", "resources": […]}.' })
  }
  const metadata = fields.metadata as { tags?: { cursor?: Json } | null } | null | undefined
  return {
    id: text(fields.id),
    timestamp: text(fields.timestamp),
    provider: text(fields.provider),
    cursor: text(metadata?.tags?.cursor),
  }
}
