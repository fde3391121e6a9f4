import type { Scope } from './scope.ts'

const encoder = new TextEncoder()

/**
 * 32-bit murmur2 with Kafka's seed, as `org.apache.kafka.common.utils.Utils.murmur2` computes it, so that a record keyed
 * by its scope lands where Kafka's default partitioner would put it.
 */
function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const whole = data.length & ~3
  let h = 0x9747b28c ^ data.length
  for (let i = 0; i < whole; i += 4) {
    let k = (data[i] ?? 0) | ((data[i + 1] ?? 0) << 8) | ((data[i + 2] ?? 0) << 16) | ((data[i + 3] ?? 0) << 24) | 0
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = data.length - whole
  if (rest >= 3) h ^= (data[whole + 2] ?? 0) << 16
  if (rest >= 2) h ^= (data[whole + 1] ?? 0) << 8
  if (rest >= 1) {
    h ^= data[whole] ?? 0
    h = Math.imul(h, m)
  }
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h | 0
}

/** The partition of a scope, and so of every resource in it. */
export const partitionOf = (scope: Scope, partitions: number): number =>
  (murmur2(encoder.encode(scope)) & 0x7fffffff) % partitions
