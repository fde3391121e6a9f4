import type { ScanError } from '../../../model/record.ts'
import type { UnknownReason } from './provider/provider.ts'
import type { Quote } from './provider/quote.ts'

/** Why nothing is said of an instance: the provider's word, or the source's own. */
export type FailureCode =
  | UnknownReason
  /** Null for the first time: it takes a second pass to be believed. */
  | 'null_once'
  /** Null, and other things in the pass make that doubtful. */
  | 'null_held'
  /** It is in another region than its provider configuration. */
  | 'other_region'
  | 'unsupported_state'

/** What happened, as a predicate, and the next step. */
const texts: Readonly<Record<FailureCode, readonly [what: string, hint: string]>> = {
  no_binary: ['not read, because the provider is not on this disk', 'Run `terraform init` in its folder.'],
  wrong_hash: ['not read, because the provider is not the one in the lock file', 'Run `terraform init` in its folder.'],
  not_started: ['not read, because the provider did not start', 'Does `terraform plan` work there, as the same user?'],
  not_configured: ['not read, because the provider is not configured', ''],
  no_such_type: [
    'not read, because the provider has no such type',
    'Run `terraform init` for the version that the state needs.',
  ],
  newer_state: [
    'not read, because the state is newer than the provider',
    'Run `terraform init -upgrade` in its folder.',
  ],
  denied: [
    'could not be read: access is denied',
    'Give the credentials that vaino runs with read access; docs/drift.md has a policy.',
  ],
  throttled: [
    'could not be read: too many requests',
    'It is read again; a lower `live.concurrency` asks less at once.',
  ],
  timed_out: ['could not be read in time', 'It is read again; `live.read_timeout` gives it longer.'],
  crashed: [
    'could not be read: the provider crashed at it, twice',
    'That is a defect in the provider; the other resources were read.',
  ],
  warning: ['is not known: the provider answered with a warning', '`terraform plan` shows the whole warning.'],
  deferred: ['is not known: the provider put the reading off', '`terraform plan` shows why.'],
  error: ['could not be read', 'It is read again; `terraform plan` shows the whole error.'],
  nothing_to_read: ['is not read: it exists in the state alone', ''],
  null_once: ['is not there as the state has it', 'It is read a second time before it is called missing.'],
  null_held: [
    'is not found, and that is not believed',
    'Check the account, the region and the rights that vaino runs with; if the things are really gone, `terraform plan` says the same.',
  ],
  other_region: [
    'not read, because it is in another region than its provider',
    'Give the right region in `live.configurations`.',
  ],
  unsupported_state: [
    'not read, because its attributes are of state format 3',
    '`terraform apply -refresh-only` brings the state up to date.',
  ],
}

/** Ids that one error names; more are counted in its message. */
const maxIds = 500

/** Different words of providers that are kept in one pass, 2 KiB each; what comes later is said without them. */
const maxQuotes = 500

interface Group {
  readonly code: FailureCode
  readonly detail: string | Quote
  readonly hint: string
  readonly ids: string[]
  count: number
}

/** Gathers failures of instances, and says each reason once, with the addresses that it holds for. */
export class Failures {
  readonly #groups = new Map<string, Group>()
  #quotes = 0

  /** @param hint the next step where it is better known than by the code */
  add(id: string, code: FailureCode, detail: string | Quote = '', hint = texts[code][1]): void {
    const keyOf = (of: string | Quote) => JSON.stringify([code, typeof of, typeof of === 'string' ? of : of.clear])
    const isNewQuote = typeof detail !== 'string' && !this.#groups.has(keyOf(detail))
    const kept = isNewQuote && ++this.#quotes > maxQuotes ? '' : detail
    put(this.#groups, keyOf(kept), { code, detail: kept, hint, ids: [id], count: 1 })
  }

  /** The most frequent first. @param shown what people may read of a provider's words */
  errors(shown: (quote: Quote) => string): ScanError[] {
    const groups = new Map<string, Group & { detail: string }>()
    for (const group of this.#groups.values()) {
      const detail = typeof group.detail === 'string' ? group.detail : shown(group.detail)
      put(groups, `${group.code} ${detail}`, { ...group, detail })
    }
    return [...groups.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ code, detail, hint, ids, count }) => ({
        message: `${subject(ids, count)} ${texts[code][0]}${detail === '' ? '' : `: ${detail}`}`,
        // The same of one resource, for who names it beside.
        what: `${texts[code][0]}${detail === '' ? '' : `: ${detail}`}`,
        ...(hint === '' ? {} : { hint }),
        code,
        ids: ids.sort(),
        // That there are more than are named.
        ...(count > ids.length ? { count } : {}),
      }))
  }
}

function put<G extends Group>(groups: Map<string, G>, key: string, more: G): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, { ...more, ids: more.ids.slice(0, maxIds) })
  else {
    group.count += more.count
    group.ids.push(...more.ids.slice(0, maxIds - group.ids.length))
  }
}

/** `aws_sqs_queue.a`; `aws_sqs_queue.a and 3 more` */
const subject = (ids: readonly string[], count: number): string =>
  count === 1 ? (ids[0] ?? '') : `${[...ids].sort()[0]} and ${count - 1} more`

/** The warning that stands on a scope while things of it are missing. */
export function missingWarning(ids: readonly string[]): ScanError[] {
  if (ids.length === 0) return []
  const sorted = [...ids].sort()
  return [
    {
      message: `${subject(sorted, sorted.length)} ${ids.length === 1 ? 'is' : 'are'} gone, or Terraform would create ${ids.length === 1 ? 'it' : 'them'} anew`,
      hint: '`terraform plan -refresh-only` shows the same; `terraform apply` creates what is missing.',
      code: 'missing',
      ids: sorted.slice(0, maxIds),
      ...(ids.length > maxIds ? { count: ids.length } : {}),
    },
  ]
}
