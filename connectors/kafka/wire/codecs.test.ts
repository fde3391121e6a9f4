import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressSync } from 'snappy'
import { type Codec, codecNumbers, compress, decompress, maxDecodedBytes } from './codecs.ts'

const compressing: readonly Codec[] = ['gzip', 'snappy', 'lz4', 'zstd']
const samples = [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300_000, 'abc'), randomBytes(200_000)]

test('what is compressed comes back, with every codec', () => {
  for (const codec of compressing) {
    for (const sample of samples) {
      const packed = compress(codec, sample)
      expect(decompress(codecNumbers[codec], packed).equals(sample)).toBe(true)
    }
  }
})

test('snappy is read as raw blocks too, and framed in several blocks', () => {
  const block = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const parts = [Buffer.alloc(50_000, 'a'), randomBytes(50_000)]
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const framed = Buffer.concat([header, ...parts.map((part) => block(compressSync(part)))])
  expect(decompress(codecNumbers.snappy, framed).equals(Buffer.concat(parts))).toBe(true)
  expect(String(decompress(codecNumbers.snappy, compressSync('raw')))).toBe('raw')
})

test('I10: a small batch that grows without bound is refused, with every codec', () => {
  const bomb = Buffer.alloc(maxDecodedBytes + 1)
  const bombs: Record<string, Buffer> = {
    gzip: gzipSync(bomb),
    zstd: zstdCompressSync(bomb),
    lz4: compress('lz4', bomb),
    snappy: compress('snappy', bomb),
  }
  for (const codec of compressing) {
    const bytes = bombs[codec] ?? Buffer.alloc(0)
    expect(bytes.length).toBeLessThan(maxDecodedBytes / 10)
    expect(() => decompress(codecNumbers[codec], bytes)).toThrow(/more than/)
  }
})

test('garbage is refused with every codec', () => {
  for (const codec of compressing) expect(() => decompress(codecNumbers[codec], randomBytes(500))).toThrow()
  expect(() => decompress(7, Buffer.alloc(1))).toThrow(/codec 7/)
})
