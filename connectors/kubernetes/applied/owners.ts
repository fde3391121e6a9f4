import type { Manager } from '../objects/attribution.ts'
import type { Deviation } from './compare-applied.ts'
import type { ApiStep, FieldSet } from './field-set.ts'

/** Of the managers that have a field, who wrote last; null where nobody has it. */
export function ownerIn<M extends Manager>(managers: readonly M[]): M | null {
  let newest: M | null = null
  for (const one of managers) if (newest === null || (one.time ?? '') > (newest.time ?? '')) newest = one
  return newest
}

/** Horizontal pod autoscalers write as kube-controller-manager, KEDA's through one of these or as itself. */
const autoscalers = /^kube-controller-manager$|autoscaler|^keda/

/** Whether a manager is an autoscaler that sets the number of replicas, through `scale` or by itself. */
export const isOfAutoscaler = ({ manager, subresource }: Pick<Manager, 'manager' | 'subresource'>): boolean =>
  autoscalers.test(manager) && (subresource === 'scale' || manager !== 'kube-controller-manager')

/** Whether a path is the number of replicas. */
export function isScale(path: readonly ApiStep[]): boolean {
  const last = path.at(-1)
  return last !== undefined && 'name' in last && last.name === 'replicas'
}

/** A deviation with who owns the field now. */
export interface Owned extends Deviation {
  readonly owner: FieldSet | null
  /** False where only an earlier reading can say that it was ever otherwise. */
  readonly isSure: boolean
}
