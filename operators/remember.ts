import { map, type OperatorFunction } from 'rxjs'
import type { Batch, OperatorContext } from './batch.ts'
import { idText } from './compare.ts'

/**
 * **Notes what open scans have seen, from records that were processed before, and does nothing else.**
 *
 * A partition that moves takes its changes along, but not the marks of its open scans: those are the input's to tell. Records
 * from before a scan's begin may come too; its begin starts the marks anew.
 */
export const remember = ({ state }: OperatorContext): OperatorFunction<Batch, Batch> =>
  map((batch) => {
    const { scope, envelope, observed, control } = batch
    if (scope.scan !== null) {
      for (let index = 0; index < observed.length; index++) {
        const name = idText(batch, { index })
        const resource = name === null ? null : state.find(scope, name)
        if (resource === null) continue
        state.remember(scope, resource.id, envelope.scan === scope.scan, resource.condition !== 'deleted')
      }
      if (control?.kind === 'begin' && control.scan === scope.scan) state.restartScan(scope)
    }
    return batch
  })
