import { splitScope } from '../../model/scope.ts'
import type { ScopedResource } from './scoped-resources.ts'

export interface SnapshotOrigin {
  /** What took it: `vaino/0.1.0`. */
  readonly version: string
  readonly takenAt: Date
  /** Where a server's changes go on from; known when the last resource has come. */
  cursor(): string | null
}

const closeBrace = Buffer.from('}')

/**
 * A snapshot as VAINO writes them, one resource a line, as it comes. Each resource names its `scope`, which VAINO passes
 * over, so that its key is the same when it is read again.
 */
export async function* snapshotText(
  id: string,
  origin: SnapshotOrigin,
  resources: AsyncIterable<readonly ScopedResource[]>,
): AsyncGenerator<string | Uint8Array> {
  const timestamp = origin.takenAt.toISOString()
  yield `{"id":${JSON.stringify(id)},"timestamp":${JSON.stringify(timestamp)},"resources":[`
  const providers = new Set<string>()
  let count = 0
  for await (const batch of resources) {
    for (const { scope, json } of batch) {
      if (providers.size < 2) providers.add(splitScope(scope).provider)
      yield count++ === 0 ? '\n' : ',\n'
      yield json.subarray(0, json.lastIndexOf(closeBrace[0] as number))
      yield `,"scope":${JSON.stringify(scope)}}`
    }
  }
  const cursor = origin.cursor()
  const tail = {
    provider: providers.size === 1 ? [...providers][0] : 'multiple',
    metadata: {
      collector_version: origin.version,
      resource_count: count,
      ...(cursor !== null && { tags: { cursor } }),
    },
  }
  yield `\n],${JSON.stringify(tail).slice(1)}\n`
}
