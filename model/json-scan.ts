import { maxDepth } from './json.ts'
import { scanModule } from './json-scan-module.ts'

/** Bytes that one scan takes: they stay in the processor's cache. */
export const maxScanBytes = 120 * 1024
/** Strings directly inside an object whose places are kept; who meets more parses the object. */
export const maxMarks = 256

/** How a scan ended, as `json-scan.wat` numbers it; from `control` on it is what is wrong with the byte. */
export const scanStatus = { cut: 0, ended: 1, control: 2, stranger: 3, tooDeep: 4, otherKind: 5 } as const

// Where things stand in the module's memory; json-scan.wat names the words of the state.
const stateWords = 7
const closersAt = 1024
const marksAt = 2048
const bytesAt = 4096

interface Kernel {
  readonly scan: (at: number, end: number, origin: number) => number
  readonly state: Uint32Array
  readonly closers: Uint8Array
  readonly marks: Uint32Array
  readonly bytes: Uint8Array
}

/** One a thread, 128 KiB, made when it is first needed: a scan is synchronous, and its state is written and read around it. */
let kernel: Kernel | null = null
/** Whose bytes stand in it. */
let loaded: Uint8Array | null = null

function open(): Kernel {
  const module = new WebAssembly.Module(Buffer.from(scanModule, 'base64'))
  const { memory, scan } = new WebAssembly.Instance(module).exports as unknown as {
    readonly memory: { readonly buffer: ArrayBuffer }
    readonly scan: Kernel['scan']
  }
  const { buffer } = memory
  const state = new Uint32Array(buffer, 0, stateWords)
  state[5] = maxMarks
  state[6] = maxDepth
  return {
    scan,
    state,
    closers: new Uint8Array(buffer, closersAt, maxDepth),
    marks: new Uint32Array(buffer, marksAt, maxMarks),
    bytes: new Uint8Array(buffer, bytesAt),
  }
}

/** Where a scan stands, and what it needs to go on in the next bytes. */
export class ScanState {
  depth = 0
  inString = false
  /** The next byte is escaped. */
  escaped = false
  /** How many strings were met directly inside the object; the places of {@link maxMarks} are kept. */
  markCount = 0
  /** Closing bytes of the brackets that are open, and the marks so far: kept between two scans of one object. */
  readonly closers = new Uint8Array(maxDepth)
  readonly marks = new Uint32Array(maxMarks)
}

/** The marks of the object that was scanned last: a view that the next scan writes. */
export function scannedMarks(): Uint32Array {
  kernel ??= open()
  return kernel.marks
}

/** Says that the bytes of a chunk are other ones than before, though it may be the same array. */
export function bytesChanged(): void {
  loaded = null
}

/**
 * Scans an object for its end, and checks its brackets, their depth ({@link maxDepth}) and that JSON has such bytes. 1.9 GB/s, the
 * copy into the module's memory included, where a loop in JavaScript does 0.95.
 * @param chunk at most {@link maxScanBytes}; copied when it isn't the one that was scanned last
 * @param origin the index in the chunk that marks are counted from
 * @returns the {@link scanStatus}, and the index behind the last byte, of the wrong byte, or the chunk's length
 */
export function scanJson(
  state: ScanState,
  chunk: Uint8Array,
  from: number,
  origin: number,
): { readonly status: number; readonly at: number } {
  kernel ??= open()
  if (loaded !== chunk) {
    kernel.bytes.set(chunk)
    loaded = chunk
  }
  const { state: words, closers, marks } = kernel
  if (state.depth > 0) {
    closers.set(state.closers.subarray(0, state.depth))
    marks.set(state.marks.subarray(0, Math.min(state.markCount, maxMarks)))
  }
  words[1] = state.depth
  words[2] = state.inString ? 1 : 0
  words[3] = state.escaped ? 1 : 0
  words[4] = state.markCount
  const at = kernel.scan(bytesAt + from, bytesAt + chunk.length, bytesAt + origin) - bytesAt
  const status = words[0] as number
  state.markCount = words[4] as number
  if (status !== scanStatus.cut) return { status, at }
  state.depth = words[1] as number
  state.inString = words[2] === 1
  state.escaped = words[3] === 1
  state.closers.set(closers.subarray(0, state.depth))
  state.marks.set(marks.subarray(0, Math.min(state.markCount, maxMarks)))
  return { status, at }
}
