import { Subject } from 'rxjs'
import { dropUnmatched } from '../../operators/attribute.ts'
import type { Batch, InputBatch, OperatorContext } from '../../operators/batch.ts'
import { compare } from '../../operators/compare.ts'
import { decode } from '../../operators/decode.ts'
import { dropUnchanged } from '../../operators/drop-unchanged.ts'
import { reconcile } from '../../operators/reconcile.ts'

/**
 * The way of every record through its partition. Synchronous: when the returned function returns, all effects of the
 * input are in the open transaction; what an operator throws, it throws.
 *
 * ```
 * NDJSON bytes ─► decode ─► dropUnchanged ─► compare ─► reconcile ─► the partition's transaction
 *                   │            │              │           └ op, version, guard, scan progress, who made a change
 *                   │            │              └ redact, canonical hash, field diff
 *                   │            └ raw hash: what hasn't changed ends here
 *                   └ runs of one scope; dead letters
 * ```
 */
export function createChain(context: OperatorContext): (input: InputBatch) => void {
  const input = new Subject<InputBatch>()
  let failure: { readonly error: unknown } | null = null
  input
    .pipe(decode(context), dropUnchanged(context), compare(context), reconcile(context))
    .subscribe({ next: (_settled: Batch) => {}, error: (error: unknown) => (failure = { error }) })
  return (batch) => {
    dropUnmatched(context)
    input.next(batch)
    // RxJS ends a stream at its first error and reports it to the subscriber: hand it to the transaction instead.
    if (failure !== null) throw failure.error
  }
}
