import { expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { refuseStrangers } from './first-bytes.ts'

test.each([
  ['UTF-16', Buffer.from('\ufeff{"version": 4}', 'utf16le'), 'is UTF-16'],
  ['gzip', gzipSync('{"version": 4}'), 'is compressed with gzip'],
  ['a plan', Buffer.from('PK\x03\x04tfplan'), 'is a zip archive'],
  ['a web page', Buffer.from('\n <!DOCTYPE html><html>'), 'is HTML or XML'],
  ['a program', Buffer.from('\x7fELF\x02\x01\x01\x00\x00'), 'is binary'],
])('%s is told from a state by its first bytes', (_, bytes, message) => {
  expect(() => refuseStrangers(bytes)).toThrow(message)
})

test('a state is not refused', () => {
  for (const start of ['{"version": 4', '\ufeff{', '  \n{', ''])
    expect(() => refuseStrangers(Buffer.from(start))).not.toThrow()
})
