import { stateMoved } from '../../model/drift.ts'
import type { ScanError } from '../../model/record.ts'

/** Why nothing is known of something. */
export interface Why {
  /** For programs: `denied`, `throttled`, `stale`. */
  readonly reason: string
  /** Of one resource, as a predicate: "could not be read: access is denied". */
  readonly message: string
  /** The next step; null where there is none to say. */
  readonly hint: string | null
}

/** The reason of what no reading has shown yet. */
export const notRead = 'not_read'
/** The reason of a source that has been silent for too long. */
export const stale = 'stale'

/** The reason of what its provider found null for the first time. */
export const nullOnce = 'null_once'
/** The reason of what exists, as far as is known, and whose fields nobody compares. */
export const fieldsNotRead = 'fields_not_read'
/** The reason of what is of a type, or in a place, that is not collected. */
export const notCollected = 'not_covered'
/** The reason of what is in an account that its state doesn't name. */
export const clusterNotKnown = 'cluster_not_known'
/** The reason of a thing with versions, in a place where no version of anything is seen: they may be kept where nobody looks. */
export const versionsNotSeen = 'versions_not_seen'
/** The reason of what was not found in a list from before the state said that it is there. */
export const notListedSince = 'not_listed_since'

/** The reasons that no scan gives, because they follow from what the scans said. */
const texts: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  [notRead]: ['was not read', 'The next pass reads it.'],
  [stateMoved]: ['has changed in the state since it was read', 'The next pass reads it anew.'],
  [fieldsNotRead]: [
    'exists, and its fields are not compared, because its state is not read live',
    '`live: true` of the terraform source compares them.',
  ],
  [notCollected]: [
    'is not known: its state is not read live, and nothing that is collected would show it',
    '`live: true` of the terraform source reads it.',
  ],
  [notListedSince]: [
    'was not found, in a list from before the state said that it is there',
    'The next complete list of its scope decides.',
  ],
  [clusterNotKnown]: [
    'is in a cluster that its state does not name, and nothing else of its provider was found by its uid',
    'Watch that cluster; `live: true` of the terraform source reads it.',
  ],
  [versionsNotSeen]: [
    'is a release of Helm, and no release at all is kept as a Secret in its cluster: Helm may keep them as ConfigMaps or in a database there',
    'Nothing where `HELM_DRIVER` says so: rule it out. Else look with `helm list`.',
  ],
  values_not_compared: [
    'has values that are secret, of which only digests are known that cannot be compared with the state, and is otherwise as in the state',
    '`live: true` of the terraform source compares them.',
  ],
  applied_unreadable: [
    'says in its last-applied annotation something that is no object',
    '`kubectl apply` writes it anew.',
  ],
  applied_other_version: [
    'was applied in another version of its API than the cluster prefers, with other fields',
    'Apply it in the version that `kubectl api-resources` lists.',
  ],
  applied_too_large: ['has more applied fields than are compared', 'Nothing: it is left out.'],
  applied_values_not_kept: [
    'says which of its fields were applied and not with which values, so that one look does not tell what others have taken since',
    'A vaino that watches the cluster sees it: vaino up --source kubernetes:CONTEXT.',
  ],
  failing: ['is in a scope that could not be read', '`vaino doctor` says why.'],
  events: ['is in a scope of which there is no list', '`vaino doctor` says why.'],
  apply_in_progress: [
    'was changed by a run of Terraform that has not written the state yet',
    'It counts as drift where the state stays as it is for 15 minutes.',
  ],
  held: [
    'is in a scope whose deletes are held',
    '`vaino scopes release SCOPE` applies them, or the next complete scan decides.',
  ],
  gone: ['is in a scope whose source is there no more', '`vaino scopes forget SCOPE` takes it out.'],
  [stale]: ['was read too long ago', '`vaino doctor` says why its source is silent.'],
}

/** A reason in words. */
export function whyOfReason(reason: string | null): Why {
  const code = reason ?? notRead
  const [message = `is not known: ${code}`, hint = null] = texts[code] ?? []
  return { reason: code, message, hint }
}

/** What the errors and warnings of one scan say of the things that it reads. */
export interface ScanSaid {
  /** Ids that the source believes to be missing. */
  readonly missing: ReadonlySet<string>
  /** By id: why it was not read. */
  readonly unread: ReadonlyMap<string, Why>
  /** The first error that doesn't name all that it is about; null: what is named nowhere was read. */
  readonly rest: Why | null
  /** What is about no id. */
  readonly remarks: readonly Why[]
}

/** The code of the warning that names what the source believes to be missing. */
const missingCode = 'missing'

/** The code of an error that gives none. */
export const failing = 'failing'

/** @param redactText for errors that have not been redacted yet */
export function whatScanSaid(
  errors: readonly ScanError[],
  warnings: readonly ScanError[],
  redactText: (text: string) => string = (text) => text,
): ScanSaid {
  const unread = new Map<string, Why>()
  let rest: Why | null = null
  for (const error of errors) {
    const why = whyOf(error, redactText)
    const { ids, isAll } = idsOf(error)
    for (const id of ids) unread.set(id, why)
    if (!isAll) rest ??= why
  }
  const missing = new Set(warnings.filter((one) => codeOf(one) === missingCode).flatMap((one) => idsOf(one).ids))
  const remarks = [...errors, ...warnings].filter((one) => idsOf(one).ids.length === 0)
  return { missing, unread, rest, remarks: remarks.map((one) => whyOf(one, redactText)) }
}

function whyOf(error: ScanError, redactText: (text: string) => string): Why {
  if (typeof error === 'string') return { reason: failing, message: redactText(error), hint: null }
  const { what, message, hint } = error
  return {
    reason: codeOf(error),
    message: redactText(typeof what === 'string' ? what : message),
    hint: typeof hint === 'string' ? hint : null,
  }
}

/** The code of what a scan says. */
export const codeOf = (error: ScanError): string =>
  typeof error !== 'string' && typeof error.code === 'string' ? error.code : failing

/** The ids that an error names, and whether these are all that it is about. */
function idsOf(error: ScanError): { readonly ids: readonly string[]; readonly isAll: boolean } {
  if (typeof error === 'string') return { ids: [], isAll: false }
  const { id, ids, count } = error
  if (typeof id === 'string') return { ids: [id], isAll: true }
  const named = Array.isArray(ids) ? ids.filter((one) => typeof one === 'string') : []
  return { ids: named, isAll: named.length > 0 && !(typeof count === 'number' && count > named.length) }
}
