import type { IncomingMessage } from 'node:http'
import { VainoError } from '../../../model/errors.ts'

/** Limits each wait for a server, not the time that the consumer takes in between. */
export class Silence {
  ms: number
  readonly #outer: AbortSignal
  readonly #controller = new AbortController()
  hasPassed = false
  #isDone = false

  constructor(ms: number, outer: AbortSignal) {
    this.ms = ms
    this.#outer = outer
    if (outer.aborted) this.#abort()
    else outer.addEventListener('abort', this.#abort)
  }

  /** Ends the exchange, whatever it waits for. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  limit(ms: number): void {
    this.ms = ms
  }

  async within<T>(wait: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.hasPassed = true
      this.#abort()
    }, this.ms)
    try {
      return await wait()
    } finally {
      clearTimeout(timer)
    }
  }

  /** The parts of a body. @throws VainoError `source_failed` where it ends in the middle */
  async *parts(answer: IncomingMessage): AsyncGenerator<Buffer, void, void> {
    const parts = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer, void>
    try {
      while (true) {
        const { done, value } = await this.within(() => parts.next())
        if (done) break
        if (value.length > 0) yield value
      }
      this.#isDone = answer.complete
      if (!answer.complete)
        throw new VainoError('source_failed', 'the answer ends in the middle', { hint: 'It is tried again.' })
    } finally {
      if (!this.#isDone) answer.destroy()
    }
  }

  /** Ends the request too, where it was left early; the connection of one that was read to its end is kept. */
  end(): void {
    this.#outer.removeEventListener('abort', this.#abort)
    if (!this.#isDone) this.#abort()
  }

  readonly #abort = (): void => this.#controller.abort()
}
