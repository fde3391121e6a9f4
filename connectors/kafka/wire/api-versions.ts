import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import { answerWithinMs, apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'

export interface VersionRange {
  readonly key: number
  readonly oldest: number
  readonly newest: number
}

/** Asks a broker which versions of each request it answers. @throws BrokerError */
export async function apiVersions(cluster: Cluster, node: number): Promise<readonly VersionRange[]> {
  const { errorCode, ranges } = await cluster.send(node, {
    api: apis.apiVersions,
    body: Buffer.alloc(0),
    decode: (body) => {
      const reader = new ByteReader(body)
      const code = reader.int16()
      const found = reader.array(() => ({ key: reader.int16(), oldest: reader.int16(), newest: reader.int16() }))
      return { errorCode: code, ranges: found, throttleMs: reader.int32() }
    },
    timeoutMs: answerWithinMs,
  })
  if (errorCode !== 0) throw new BrokerError(errorCode, 'its versions')
  return ranges
}
