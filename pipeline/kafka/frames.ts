import { decode, encode } from '@msgpack/msgpack'

/** A record for a topic, made in a worker; the names of topics are the main thread's business. */
export interface OutputRecord {
  readonly to: 'changes' | 'state' | 'deadLetters'
  readonly key: string | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

/** A record as a follower reads it. */
export interface FollowedRecord {
  readonly from: 'changes' | 'state'
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Many records as one piece of bytes: small envelopes around documents that stay as they are. Bytes cross a thread boundary
 * 20 times cheaper than as many objects.
 */
export const packOutput = (records: readonly OutputRecord[]): Uint8Array =>
  encode(records.map(({ to, key, value, headers, timestampMs }) => [to, key, value, headers, timestampMs]))

export const unpackOutput = (frame: Uint8Array): OutputRecord[] =>
  (decode(frame) as [OutputRecord['to'], string | null, Uint8Array | null, Record<string, string>, number][]).map(
    ([to, key, value, headers, timestampMs]) => ({ to, key, value, headers, timestampMs }),
  )

export const packFollowed = (records: readonly FollowedRecord[]): Uint8Array =>
  encode(records.map(({ from, key, value, headers }) => [from, key, value, headers]))

export const unpackFollowed = (frame: Uint8Array): FollowedRecord[] =>
  (decode(frame) as [FollowedRecord['from'], string, Uint8Array | null, Record<string, string>][]).map(
    ([from, key, value, headers]) => ({ from, key, value, headers }),
  )
