import { SendWindow } from './send-window.ts'
import { parcelBuffer } from './transport.ts'

const noBytes = parcelBuffer(0)

/** The lines of one request for one partition, until they are sent as a parcel. */
export class Gathering {
  /** The numbers of its lines in the request. */
  readonly lines: number[] = []
  /** Parcels sent so far. */
  part = 0
  /** What comes after this request in the partition waits for no more than this lets through. */
  readonly window: SendWindow
  #buffer: Uint8Array = noBytes
  #bytes = 0

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.window = new SendWindow(now)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Copies a run of lines, into a buffer that starts at the size of the first run and doubles. */
  append(run: Uint8Array): void {
    const needed = this.#bytes + run.length
    if (needed > this.#buffer.length) {
      const grown = parcelBuffer(Math.max(needed, this.#buffer.length * 2))
      grown.set(this.#buffer.subarray(0, this.#bytes))
      this.#buffer = grown
    }
    this.#buffer.set(run, this.#bytes)
    this.#bytes = needed
  }

  /** What was gathered; it is empty afterwards. */
  take(): { readonly bytes: Uint8Array; readonly lines: Uint32Array } {
    const taken = { bytes: this.#buffer.subarray(0, this.#bytes), lines: Uint32Array.from(this.lines) }
    this.#buffer = noBytes
    this.#bytes = 0
    this.lines.length = 0
    return taken
  }
}
