import { VainoError } from '../../model/errors.ts'
import type { Producer } from '../engine.ts'
import { type ProducerMark, wholeRequest } from '../partition/task.ts'

/** The partition that stores a producer's last sequence number: every request notes its end there, after all of its effects. */
export const homeOf = (producer: Producer, partitions: number): number => {
  let hash = 0
  for (let i = 0; i < producer.id.length; i++) hash = (Math.imul(hash, 31) + producer.id.charCodeAt(i)) | 0
  return (hash >>> 0) % partitions
}

export const endOf = (producer: Producer): ProducerMark => ({ ...producer, part: wholeRequest })

/**
 * Compares a request's sequence number with the producer's last committed one.
 * @returns true for the next request, false for a repeated one
 * @throws VainoError `stale_epoch`, `producer_gap`
 */
export function isNext(producer: Producer, noted: Omit<ProducerMark, 'id'> | null): boolean {
  const { id, epoch, seq } = producer
  const details = { producer_epoch: noted?.epoch ?? epoch, expected_seq: 0, received_seq: seq }
  if (noted !== null && epoch < noted.epoch) {
    throw new VainoError('stale_epoch', `producer ${id} has begun epoch ${noted.epoch}; this is epoch ${epoch}`, {
      hint: 'Another instance has taken over. Begin a higher epoch with sequence number 0 to take over again.',
      details,
    })
  }
  const expected = noted !== null && epoch === noted.epoch ? nextOf(noted) : 0
  if (seq < expected) return false
  if (seq === expected) return true
  throw new VainoError('producer_gap', `producer ${id} sent sequence number ${seq}; ${expected} comes next`, {
    hint: `Send what is missing, from Producer-Seq ${expected} on.`,
    details: { ...details, expected_seq: expected },
  })
}

/** The next sequence number. Without the mark of its end a request was committed in part, and is sent again. */
const nextOf = ({ seq, part }: Omit<ProducerMark, 'id'>): number => (part === wholeRequest ? seq + 1 : seq)

/** Runs the requests of one producer one after another, because each is compared with what the one before has committed. */
export class ProducerTurns {
  /** Producers with a request under way; bounded by the requests that the server lets in. */
  readonly #last = new Map<string, Promise<unknown>>()

  async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(id, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(id) === mine) this.#last.delete(id)
    }
  }
}
