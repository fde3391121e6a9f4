import type { AppliedVerdict } from '../../connectors/kubernetes/applied/verdict.ts'
import { listedFields, unknownVerdict, type Verdict } from '../../model/drift.ts'
import { isObject } from '../../model/json.ts'
import type { Json } from '../../model/resource.ts'
import type { MadeBy } from './made-by.ts'

/** What is to be said of an object by what was applied to it. */
export function appliedStatus(judged: AppliedVerdict): Verdict {
  if (judged.kind === 'unknown') return unknownVerdict(judged.reason)
  const { fields, omitted } = judged
  if (fields.length === 0) return { ...unknownVerdict(''), status: 'in_sync', reason: null }
  const listed = listedFields(fields)
  return {
    ...{ status: 'changed', tier: 'since_apply', replaced: false, reason: null },
    ...{ fields: listed.fields, omitted: listed.omitted + omitted },
  }
}

/** Who has the field that was written last. */
export function appliedOwner(judged: AppliedVerdict): Pick<MadeBy, 'actor' | 'occurredAt'> | null {
  const owners = judged.kind === 'known' ? judged.fields.map(({ owner }) => owner).filter(isObject) : []
  const [newest] = owners.sort((a, b) => (String(a.time) < String(b.time) ? 1 : -1))
  if (newest === undefined) return null
  const { manager = null, operation = null, subresource = null, time = null } = newest
  const actor: Json = {
    ...{ type: 'field_manager', name: manager, operation },
    ...(subresource === null ? {} : { subresource }),
  }
  return { actor, occurredAt: typeof time === 'string' ? time : null }
}
