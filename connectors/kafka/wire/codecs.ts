import { createRequire } from 'node:module'
import { gunzipSync, gzipSync, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { messageOf, VainoError } from '../../../model/errors.ts'
import { carried } from '../../../runtime/carried.ts'

// All calls are synchronous. Most run in worker threads, where blocking is harmless, and node:zlib's asynchronous calls cost
// several times the work itself, which runs at about 1 GB/s.

/** The compression of a batch's records, by its number in the batch's header. */
export const codecNumbers = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
export type Codec = keyof typeof codecNumbers

/**
 * Limit of a decompressed batch. A megabyte of zeros takes 50 bytes as zstd, so without a limit one message of any producer could
 * fill the memory.
 */
export const maxDecodedBytes = 128 * 1024 * 1024

/** Native modules, loaded at the first batch that needs them. */
const require = createRequire(import.meta.url)
function load(name: string): unknown {
  try {
    return carried === null ? require(name) : carried.native(name)
  } catch (cause) {
    throw new VainoError('bad_config', `batches compressed with ${name} can't be read here: ${messageOf(cause)}`, {
      hint: 'Its native code needs libgcc (apt-get install libgcc-s1), and the one-file program a folder TMPDIR that may be written.',
      cause,
    })
  }
}
const snappy = () => load('snappy') as typeof import('snappy')
const lz4 = () => load('lz4-napi') as typeof import('lz4-napi')

/**
 * Loads the native codecs. A node without them would find out at the first batch that somebody has compressed with one.
 * @throws VainoError `bad_config`
 */
export function requireNativeCodecs(): void {
  snappy()
  lz4()
}

/** Level 1: half the time of level 3 for a tenth more bytes, on our documents. */
const zstdOptions = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } }

/** snappy-java's framing, which Kafka's own clients write: this magic, two versions, then blocks behind their lengths. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

const tooLarge = (): Error => new Error(`decompresses to more than ${maxDecodedBytes} bytes`)

/** The decompressed length in the header of a raw snappy block. */
function snappyLength(block: Uint8Array): number {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new Error('is no snappy')
}

function snappyBlocks(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return [bytes]
  const blocks: Buffer[] = []
  let at = xerialHeaderBytes
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at)
    if (at + 4 + length > bytes.length) throw new Error('is cut short')
    blocks.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

function snappyUnpack(bytes: Buffer): Buffer {
  const { uncompressSync } = snappy()
  const blocks = snappyBlocks(bytes)
  const total = blocks.reduce((sum, block) => sum + snappyLength(block), 0)
  if (total > maxDecodedBytes) throw tooLarge()
  // The package's empty buffers can't be read.
  const filled = blocks.filter((block) => snappyLength(block) > 0)
  return Buffer.concat(filled.map((block) => Buffer.from(uncompressSync(block, { asBuffer: true }))))
}

function snappyPack(bytes: Buffer): Buffer {
  const block = snappy().compressSync(bytes)
  const header = Buffer.alloc(xerialHeaderBytes + 4)
  xerialMagic.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  header.writeUInt32BE(block.length, 16)
  return Buffer.concat([header, block])
}

const lz4Magic = 0x184d2204

/** The most that an LZ4 frame can decompress to: its number of blocks times the maximum block size in its header. */
function lz4Bound(frame: Buffer): number {
  if (frame.length < 7 || frame.readUInt32LE(0) !== lz4Magic) throw new Error('is no LZ4 frame')
  const flags = frame.readUInt8(4)
  const blockBytes = 2 ** (8 + 2 * ((frame.readUInt8(5) >> 4) & 7))
  const checksumBytes = flags & 0x10 ? 4 : 0
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0)
  let bound = 0
  while (at + 4 <= frame.length) {
    const size = frame.readUInt32LE(at) & 0x7fffffff
    if (size === 0) break
    bound += blockBytes
    at += 4 + size + checksumBytes
  }
  return bound
}

function lz4Unpack(bytes: Buffer): Buffer {
  if (lz4Bound(bytes) > maxDecodedBytes) throw tooLarge()
  return lz4().decompressFrameSync(bytes)
}

/** zlib reports an exceeded limit by this error code. */
function bounded(unpack: () => Buffer): Buffer {
  try {
    return unpack()
  } catch (error) {
    throw error instanceof RangeError ||
      (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      ? tooLarge()
      : error
  }
}

/**
 * The size of zlib's output buffers. Small buffers are copied together in the end, which takes longer than decompressing them; a
 * large one is allocated even for little output. Documents compress to a fiftieth at the most.
 */
const chunkBytes = (bytes: Buffer): number => Math.min(Math.max(bytes.length * 64, 16 * 1024), 1024 * 1024)

const inflated = (bytes: Buffer) => ({ maxOutputLength: maxDecodedBytes, chunkSize: chunkBytes(bytes) })

const unpackers: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  [codecNumbers.none]: (bytes) => bytes,
  [codecNumbers.gzip]: (bytes) => bounded(() => gunzipSync(bytes, inflated(bytes))),
  [codecNumbers.snappy]: snappyUnpack,
  [codecNumbers.lz4]: lz4Unpack,
  [codecNumbers.zstd]: (bytes) => bounded(() => zstdDecompressSync(bytes, inflated(bytes))),
}

/** @throws VainoError `bad_config` if its native code can't be loaded @throws Error if the codec is unknown, the bytes are invalid, or they would decompress beyond {@link maxDecodedBytes} */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const unpack = unpackers[codec]
  if (unpack === undefined) throw new Error(`has compression codec ${codec}, which is unknown`)
  return unpack(bytes)
}

const packers: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  none: (bytes) => Buffer.from(bytes),
  gzip: (bytes) => gzipSync(bytes),
  snappy: snappyPack,
  lz4: (bytes) => lz4().compressFrameSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes, zstdOptions),
}

/** Compresses in the framing that every Kafka client reads. */
export const compress = (codec: Codec, bytes: Buffer): Buffer => packers[codec](bytes)
