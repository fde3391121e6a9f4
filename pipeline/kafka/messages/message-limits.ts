/** What a message has beside its documents: its key, its headers, the fields of its body. */
const envelopeBytes = 64 * 1024
/** Of that, what isn't in its value. */
const aroundValueBytes = 32 * 1024
/** Of many small records in one batch, however badly it compresses: what topics take unless they say otherwise. */
const usualBatchBytes = 900_000

/** How large what goes through the topics may be, in bytes. */
export interface MessageLimits {
  /** Of one input record, and of one document as it is kept. */
  readonly recordBytes: number
  /** `max.message.bytes` of the topics. */
  readonly topics: {
    readonly resources: number
    readonly changes: number
    readonly state: number
    readonly drift: number
    readonly deadLetters: number
  }
  /** Of a value. A state always fits; a change may have to leave something out. */
  readonly maxChangeBytes: number
  readonly maxStateBytes: number
  /** Of a batch of several records, before compression. */
  readonly maxBatchBytes: number
}

/**
 * A change holds the document before and after it, so a message takes two of the largest; where brokers take less than the
 * configured records need, the records are what gives way.
 * @param brokersBytes limit of a message; null: none that matters
 */
export function messageLimits(recordBytes: number, brokersBytes: number | null): MessageLimits {
  const fitting = brokersBytes === null ? recordBytes : Math.floor(brokersBytes / 2) - envelopeBytes
  const record = Math.min(recordBytes, fitting)
  const one = record + envelopeBytes
  const changes = brokersBytes ?? 2 * one
  return {
    recordBytes: record,
    topics: { resources: one, changes, state: one, drift: one, deadLetters: one },
    maxChangeBytes: changes - aroundValueBytes,
    maxStateBytes: one - aroundValueBytes,
    maxBatchBytes: Math.min(usualBatchBytes, one - aroundValueBytes),
  }
}
