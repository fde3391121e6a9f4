import type { OperatorFunction } from 'rxjs'
import { rawHash } from '../model/hash.ts'
import { type Batch, type Candidate, count, type OperatorContext } from './batch.ts'
import { isPassedOver } from './ended-scan.ts'
import { splitEach } from './split-each.ts'

/**
 * **Takes out what is byte for byte what it was; marks it as seen and counts it.**
 *
 * What remains are the batch's candidates. An id stands in a batch's candidates once: where it comes again, the batch is
 * cut before it, so that the operators behind can look at one candidate after another without asking whether an earlier
 * one concerns the same resource.
 */
export const dropUnchanged = (context: OperatorContext): OperatorFunction<Batch, Batch> =>
  splitEach(() => {
    const raw = new Uint32Array(2)
    return (batch, emit) => split(context, batch, raw, emit)
  })

function split({ state, counters }: OperatorContext, batch: Batch, raw: Uint32Array, emit: (part: Batch) => void) {
  const { view, observed, scope } = batch
  if (isPassedOver(scope, batch.envelope)) {
    for (let index = 0; index < observed.length; index++) count(counters.suppressed, 'scan_outdated')
    if (batch.control !== null) emit(batch)
    return
  }
  const underScan = scope.scan !== null && batch.envelope.scan === scope.scan
  const ids = new Set<number>()
  const id = { idLo: 0, idHi: 0 }
  let candidates: Candidate[] = []
  for (let index = 0; index < observed.length; index++) {
    rawHash(view.subarray(observed.start[index], observed.end[index]), raw)
    id.idLo = observed.idLo[index] ?? 0
    id.idHi = observed.idHi[index] ?? 0
    const rawLo = raw[0] ?? 0
    const rawHi = raw[1] ?? 0
    if (state.recognise(scope, id, rawLo, rawHi, underScan)) {
      counters.unchangedRaw++
      continue
    }
    const idKey = id.idLo * 2 ** 21 + (id.idHi & 0x1fffff)
    if (ids.has(idKey)) {
      emit({ ...batch, candidates, control: null })
      candidates = []
      ids.clear()
    }
    // From here on the id's fingerprint is in doubt, also the one that the part before has just left: A, B, A ends as A.
    state.forget(id)
    ids.add(idKey)
    candidates.push({ index, ...id, rawLo, rawHi, outcome: null })
  }
  if (candidates.length > 0 || batch.control !== null) emit({ ...batch, candidates })
}
