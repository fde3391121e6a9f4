import type { z } from 'zod'
import type { AlertMessage } from '../message.ts'

/** Where messages go. */
export interface Sink {
  /**
   * Sends one message. It may have been sent before: a receiver knows it by its id.
   * @returns what came back, in a few words
   * @throws SinkFailure whatever went wrong
   */
  send(message: AlertMessage, signal: AbortSignal): Promise<string>
}

/** A kind of sink. */
export interface SinkKind<Options> {
  /** What it is, one sentence. */
  readonly summary: string
  /** The key that stands for all in the short form, `slack:URL`; null: there is no short form. */
  readonly short: (keyof Options & string) | null
  /** Its keys; secret ones are marked `x-secret`. */
  readonly options: z.ZodType<Options>
  /** @param options with all references to secrets replaced @throws VainoError `bad_config` */
  open(options: Options): Sink
}

/** A message that was not delivered. */
export class SinkFailure extends Error {
  override readonly name = 'SinkFailure'
  /** The receiver refuses the message itself, and would again. */
  readonly isFinal: boolean
  /** What the receiver asked for; null: nothing. */
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    { isFinal = false, retryAfterMs = null as number | null, cause = undefined as unknown } = {},
  ) {
    super(message, { cause })
    this.isFinal = isFinal
    this.retryAfterMs = retryAfterMs
  }
}
