/** Newly null instances that are never too many, whatever their share. */
const aFew = 3
/** The share of a provider configuration's instances that may be newly null at once. */
const mostAtOnce = 0.2

/** What one pass found of one provider configuration. */
export interface Found {
  /** Instances that the provider returned. */
  readonly present: number
  /** Instances for which it returned null, in one of its forms: `id` is the address. */
  readonly nulls: readonly Witnessed[]
  /** Instances that could not be read. */
  readonly failures: readonly { readonly type: string; readonly reason: string }[]
}

export interface Witnessed {
  readonly id: string
  readonly type: string
  /** What the state names the thing behind the address: a replaced one begins anew. */
  readonly cloudId: string
}

/** What is known of an address whose thing was null: in one pass so far, or believed missing. */
export type Standing = 'once' | 'missing'

/** `held`: nothing is concluded from the null, because of what else happened in the pass. */
export type Judgement = Standing | { readonly held: string }

/**
 * Judges the nulls of one pass over the configurations of one provider. A null is believed when no guard holds it and it was null in an earlier
 * pass too. The guards, each for a false null that was seen: most of a configuration's instances null at once (wrong account or region, a proxy
 * that answers for the provider); any refusal of access (expired credentials); a failure in the same family of types (a throttled or denied
 * service). What one configuration met makes all doubtful: another, with three instances, meets the same proxy and shows too few nulls to tell.
 * @param standing of each null from earlier passes; `undefined` where it was there, or was never read
 */
export function judgeNulls(
  all: readonly Found[],
  standing: (nulled: Witnessed) => Standing | undefined,
): ReadonlyMap<string, Judgement> {
  const failures = all.flatMap((found) => found.failures)
  const families = new Set(failures.map(({ type }) => familyOf(type)))
  const isRefused = failures.some(({ reason }) => reason === 'denied')
  const flood = all.map((found) => floodOf(found, standing)).find((text) => text !== null)
  const judgementOf = (nulled: Witnessed): Judgement => {
    const before = standing(nulled)
    if (before === 'missing') return 'missing'
    if (flood) return { held: flood }
    if (isRefused) return { held: 'the provider was refused access in the same pass' }
    if (families.has(familyOf(nulled.type)))
      return { held: `other reads of ${familyOf(nulled.type)} failed in the same pass` }
    return before === 'once' ? 'missing' : 'once'
  }
  return new Map(all.flatMap(({ nulls }) => nulls).map((nulled) => [nulled.id, judgementOf(nulled)]))
}

/** Says that too many of a configuration's instances are newly null; `null`: they aren't. */
function floodOf(
  { present, nulls, failures }: Found,
  standing: (nulled: Witnessed) => Standing | undefined,
): string | null {
  const fresh = nulls.filter((nulled) => standing(nulled) !== 'missing').length
  const total = present + nulls.length + failures.length
  const isTooMany = (fresh > aFew && fresh > total * mostAtOnce) || (fresh > 1 && present === 0)
  return isTooMany ? `${fresh} of ${total} are not found at once` : null
}

/** Types of one service share their first two words: `aws_s3` of `aws_s3_bucket_policy`. */
const familyOf = (type: string): string => type.split('_', 2).join('_')
