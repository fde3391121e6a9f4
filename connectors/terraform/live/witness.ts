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
 * Judges the nulls of one pass. A null is believed when no guard holds it and it was null in an earlier pass too. The guards, each for a
 * false null that was seen: most of the instances null at once (wrong account or region, a proxy that answers for the provider); any refusal
 * of access (expired credentials); a failure in the same family of types (a throttled or denied service).
 * @param standing of each null from earlier passes; `undefined` where it was there, or was never read
 */
export function judgeNulls(
  { present, nulls, failures }: Found,
  standing: (nulled: Witnessed) => Standing | undefined,
): ReadonlyMap<string, Judgement> {
  const fresh = nulls.filter((nulled) => standing(nulled) !== 'missing')
  const total = present + nulls.length + failures.length
  const families = new Set(failures.map(({ type }) => familyOf(type)))
  const isRefused = failures.some(({ reason }) => reason === 'denied')
  const isTooMany = (fresh.length > aFew && fresh.length > total * mostAtOnce) || (fresh.length > 1 && present === 0)
  return new Map(
    nulls.map((nulled): [string, Judgement] => {
      const before = standing(nulled)
      if (before === 'missing') return [nulled.id, 'missing']
      if (isTooMany) return [nulled.id, { held: `${fresh.length} of ${total} are not found at once` }]
      if (isRefused) return [nulled.id, { held: 'the provider was refused access in the same pass' }]
      if (families.has(familyOf(nulled.type)))
        return [nulled.id, { held: `other reads of ${familyOf(nulled.type)} failed in the same pass` }]
      return [nulled.id, before === 'once' ? 'missing' : 'once']
    }),
  )
}

/** Types of one service share their first two words: `aws_s3` of `aws_s3_bucket_policy`. */
const familyOf = (type: string): string => type.split('_', 2).join('_')
