import type { Op } from '../model/change.ts'
import type { Resource } from '../model/resource.ts'

/** Changes by op for each `PROVIDER TYPE`. A plain object, so that it crosses threads as it is. */
export type ChangeCounts = Record<string, Record<Op, number>>

/** Maximum pairs of provider and type with counts of their own, which bounds the metric's series. Further pairs count as `other other`. */
export const maxChangeKinds = 256

const otherKind = 'other other'

export const noChanges = (): ChangeCounts => ({ [otherKind]: { r: 0, c: 0, u: 0, d: 0 } })

/** Provider and type come with the input: what isn't two words of an ordinary length counts as `other other`. */
const isKind = (kind: string): boolean => /^[\w.:/@-]{1,100} [\w.:/@-]{1,100}$/.test(kind)

/** The counts of a `PROVIDER TYPE`, made at 0 on first sight. */
export function countsOf(counts: ChangeCounts, kind: string): Record<Op, number> {
  const known = Object.hasOwn(counts, kind) ? counts[kind] : undefined
  if (known !== undefined) return known
  const isOther = kind !== otherKind && (!isKind(kind) || Object.keys(counts).length > maxChangeKinds)
  if (isOther) return countsOf(counts, otherKind)
  const made = { r: 0, c: 0, u: 0, d: 0 }
  counts[kind] = made
  return made
}

export const countChange = (counts: ChangeCounts, op: Op, { provider, type }: Pick<Resource, 'provider' | 'type'>) => {
  countsOf(counts, `${provider} ${type}`)[op]++
}
