import { map, type OperatorFunction } from 'rxjs'
import type { Batch, OperatorContext } from './batch.ts'
import { idText, readCandidate } from './compare.ts'
import { ageOf, isPassedOver } from './ended-scan.ts'
import { isRejection } from './read-record.ts'

/**
 * **Notes what open scans have seen, from records that were processed before, and does nothing else.**
 *
 * A partition that moves takes its changes along, but not the marks of its open scans: those are read from the input. Records
 * from before a scan's begin may come too; its begin starts the marks anew.
 */
export const remember = (context: OperatorContext): OperatorFunction<Batch, Batch> =>
  map((batch) => {
    const { state } = context
    const { scope, observed, control } = batch
    if (scope.scan !== null) {
      for (let index = 0; index < observed.length; index++) {
        const read = readCandidate(context, batch, { index })
        if (isRejection(read) || read.resource.id !== (idText(batch, { index }) ?? read.resource.id)) continue
        if (isPassedOver(scope, read.envelope)) continue
        const resource = state.find(scope, read.resource.id)
        if (resource === null) continue
        state.remember(scope, resource, read.envelope.scan === scope.scan)
      }
      if (control?.kind === 'begin') {
        const isOutdated = ageOf(scope, control, context.nowMs()) === 'outdated'
        state.passOver(scope, isOutdated ? control.scan : null)
        if (control.scan === scope.scan) state.restartScan(scope)
      }
    }
    return batch
  })
