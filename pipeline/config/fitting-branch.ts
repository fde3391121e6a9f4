import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** Of a union's alternatives, the one that takes this type of value: it says more than "none of them". `null` where several do, or none. */
export function fittingBranch(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | null {
  const fitting = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
  )
  const [only] = fitting
  return fitting.length === 1 && only !== undefined ? only : null
}
