/** Record batches as a broker stores them, for tests of the decoder: written from the format's description, by hand. */
export interface BatchShape {
  readonly baseOffset: number
  readonly records: readonly {
    readonly delta: number
    readonly key: Uint8Array | string | null
    readonly value: Uint8Array | string | null
    readonly headers?: readonly (readonly [string, string | null])[]
  }[]
  /** Behind the last record, where compaction has taken some. */
  readonly lastDelta?: number
  readonly producerId?: number
  readonly attributes?: number
  readonly baseTimestampMs?: number
  readonly maxTimestampMs?: number
  readonly magic?: number
  /** Makes the records' bytes what stands in the batch. */
  readonly pack?: (records: Buffer) => Buffer
  /** What the batch says of itself where it lies. */
  readonly claimedRecords?: number
}

export function varint(value: number): Buffer {
  let rest = (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)
  rest &= (1n << 64n) - 1n
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

const sized = (part: Uint8Array | string | null): Buffer => {
  if (part === null) return varint(-1)
  const bytes = Buffer.from(part)
  return Buffer.concat([varint(bytes.length), bytes])
}

export function batchBytes(shape: BatchShape): Buffer {
  const records = shape.records.map(({ delta, key, value, headers = [] }) => {
    const body = Buffer.concat([
      Buffer.from([0]),
      varint(delta * 10),
      varint(delta),
      sized(key),
      sized(value),
      varint(headers.length),
      ...headers.flatMap(([name, text]) => [sized(name), sized(text)]),
    ])
    return Buffer.concat([varint(body.length), body])
  })
  const lastDelta = shape.lastDelta ?? Math.max(0, ...shape.records.map(({ delta }) => delta))
  const body = (shape.pack ?? ((bytes: Buffer) => bytes))(Buffer.concat(records))
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(BigInt(shape.baseOffset), 0)
  header.writeInt32BE(49 + body.length, 8)
  header.writeInt8(shape.magic ?? 2, 16)
  header.writeInt16BE(shape.attributes ?? 0, 21)
  header.writeInt32BE(lastDelta, 23)
  header.writeBigInt64BE(BigInt(shape.baseTimestampMs ?? 1000), 27)
  header.writeBigInt64BE(BigInt(shape.maxTimestampMs ?? 2000), 35)
  header.writeBigInt64BE(BigInt(shape.producerId ?? -1), 43)
  header.writeInt32BE(shape.claimedRecords ?? shape.records.length, 57)
  return Buffer.concat([header, body])
}

export const attribute = { logAppendTime: 8, transactional: 16, control: 32 } as const

/** The end of a transaction, as the coordinator writes it. */
export const marker = (baseOffset: number, producerId: number, type: 'abort' | 'commit'): Buffer =>
  batchBytes({
    baseOffset,
    producerId,
    attributes: attribute.transactional | attribute.control,
    records: [{ delta: 0, key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]), value: Buffer.alloc(6) }],
  })
