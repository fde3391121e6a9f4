import { createHash } from 'node:crypto'
import type { SharedIdentity } from '../../../storage/data-dir.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What the data directories of all nodes have in common that share a cluster and a topic prefix. */
export const sharedIdentity = (clusterId: string, prefix: string, redactionKey: string): SharedIdentity => ({
  logId: sha256(`${clusterId}/${prefix}`).slice(0, 16),
  saltHex: sha256(redactionKey),
})
