import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Random } from '../../random.ts'

/** What a process did to one file, as record-writes.c wrote it down. */
export interface Recorded {
  readonly op: 'create' | 'write' | 'sync' | 'truncate' | 'rename' | 'unlink'
  readonly path: string
  readonly offset: number
  /** What was written; for `rename` the new path. */
  readonly bytes: Buffer
  /** Where this record ends in the list. */
  readonly endsAt: number
}

const ops = ['create', 'write', 'sync', 'truncate', 'rename', 'unlink'] as const
const headBytes = 24

/** Reads the list; a record that is cut off at its end is left out, as its process was killed there. */
export function readRecords(list: Buffer): Recorded[] {
  const records: Recorded[] = []
  for (let at = 0; at + headBytes <= list.length; ) {
    const op = ops[list.readUInt32LE(at) - 1] ?? 'sync'
    const pathLength = list.readUInt32LE(at + 4)
    const offset = Number(list.readBigUInt64LE(at + 8))
    const length = Number(list.readBigUInt64LE(at + 16))
    const start = at + headBytes + pathLength
    const endsAt = start + (op === 'write' || op === 'rename' ? length : 0)
    if (endsAt > list.length) break
    const name = list.toString('utf8', at + headBytes, start)
    records.push({ op, path: name, offset, bytes: list.subarray(start, endsAt), endsAt })
    at = endsAt
  }
  return records
}

interface DiskFile {
  /** What is on the disk for certain. */
  durable: Buffer
  /** Its name is on the disk for certain. */
  isNamed: boolean
  /** What the disk may or may not have taken since the last sync. */
  pending: Recorded[]
}

/** What survives of writes that were not synced: nothing, or some of them, torn at the borders of sectors. */
export type Survival = 'none' | 'some'

const sectorBytes = 512

/**
 * Makes a folder as a power cut could have left it: what was synced is there; of what was not, nothing or a part, and not
 * in its order. So with names: a file is in its folder for certain once the folder was synced after the file was made.
 *
 * @param records everything up to the moment of the cut
 * @param from the recorded folder, whose files go to `to`
 */
export function cutPower(
  records: readonly Recorded[],
  { from, to, survival, random }: { from: string; to: string; survival: Survival; random: Random },
): void {
  const files = new Map<string, DiskFile>()
  const removed = new Map<string, DiskFile>()
  for (const record of records) take(files, removed, record)
  const survives = () => survival === 'some' && random.oneIn(2)
  // A name that was removed, or its file, may be there still.
  for (const [name, file] of removed) if (!files.has(name) && survives()) files.set(name, file)
  for (const [name, file] of files) {
    // Shared memory is no part of what must survive: whatever is in it is not read after a start.
    if (name.endsWith('-shm')) continue
    if (!file.isNamed && !survives()) continue
    const content = file.pending.filter(survives).reduce((bytes, one) => apply(bytes, torn(one, random)), file.durable)
    const target = path.join(to, path.relative(from, name))
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
}

function take(files: Map<string, DiskFile>, removed: Map<string, DiskFile>, record: Recorded): void {
  const { op } = record
  if (op === 'create') {
    files.set(record.path, { durable: Buffer.alloc(0), isNamed: false, pending: [] })
    return
  }
  const file = files.get(record.path)
  if (op === 'sync' && file === undefined) {
    for (const [name, inFolder] of files) if (path.dirname(name) === record.path) inFolder.isNamed = true
    for (const name of removed.keys()) if (path.dirname(name) === record.path) removed.delete(name)
    return
  }
  if (file === undefined) return
  if (op === 'sync') {
    file.durable = file.pending.reduce(apply, file.durable)
    file.pending = []
  } else if (op === 'unlink' || op === 'rename') {
    files.delete(record.path)
    removed.set(record.path, file)
    if (op === 'rename') files.set(record.bytes.toString('utf8'), { ...file, isNamed: false })
  } else file.pending.push(record)
}

function apply(content: Buffer, { op, offset, bytes }: Recorded): Buffer {
  if (op === 'truncate') return grown(content, offset).subarray(0, offset)
  const whole = grown(content, offset + bytes.length)
  bytes.copy(whole, offset)
  return whole
}

/** At least so long, zeros at its end; its memory doubles, so that a log of many writes is not copied with each. */
function grown(content: Buffer, length: number): Buffer {
  if (content.length >= length) return content
  const capacity = content.buffer.byteLength - content.byteOffset
  if (capacity >= length) {
    const same = Buffer.from(content.buffer as ArrayBuffer, content.byteOffset, length)
    same.fill(0, content.length)
    return same
  }
  const made = Buffer.from(new ArrayBuffer(length * 2), 0, length)
  content.copy(made)
  return made
}

/** Some of a write's sectors only. */
function torn(record: Recorded, random: Random): Recorded {
  if (record.op !== 'write' || random.oneIn(2)) return record
  const sectors = 1 + random.below(Math.ceil(record.bytes.length / sectorBytes))
  return { ...record, bytes: record.bytes.subarray(0, sectors * sectorBytes) }
}
