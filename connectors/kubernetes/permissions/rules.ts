import { z } from 'zod'
import type { Json } from '../../../model/resource.ts'
import type { ServedKind } from '../discovery/kinds.ts'

const ruleSchema = z.looseObject({
  verbs: z.array(z.string()).nullish(),
  apiGroups: z.array(z.string()).nullish(),
  resources: z.array(z.string()).nullish(),
  resourceNames: z.array(z.string()).nullish(),
})

const statusSchema = z.looseObject({
  resourceRules: z.array(ruleSchema).nullish(),
  incomplete: z.boolean().nullish(),
})

export type Verb = 'list' | 'watch'

/** What a user may do, as the authorizer lists it. */
export interface Rules {
  /** `unknown`: no rule says so, and the authorizer can't list all that it would allow (a webhook, say). */
  may(verb: Verb, kind: Pick<ServedKind, 'group' | 'plural'>): 'yes' | 'no' | 'unknown'
}

/** @param status of a SelfSubjectRulesReview @returns null for what is none */
export function rulesOf(status: Json): Rules | null {
  const parsed = statusSchema.safeParse(status)
  if (!parsed.success) return null
  const { resourceRules, incomplete } = parsed.data
  // A rule for some names alone allows no list of all.
  const rules = (resourceRules ?? []).filter(({ resourceNames }) => (resourceNames ?? []).length === 0)
  const has = (all: readonly string[] | null | undefined, one: string): boolean =>
    all?.some((each) => each === '*' || each === one) === true
  return {
    may(verb, { group, plural }) {
      const isAllowed = rules.some(
        ({ verbs, apiGroups, resources }) => has(verbs, verb) && has(apiGroups, group) && has(resources, plural),
      )
      if (isAllowed) return 'yes'
      return incomplete === true ? 'unknown' : 'no'
    },
  }
}
