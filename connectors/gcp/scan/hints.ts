import type { CallFailure } from '../../calls/call-failure.ts'
import { Refusal } from '../calls/refusal.ts'

const hints = {
  throttled: 'Google refuses more calls for now. A longer interval, or fewer types or projects, makes fewer.',
  credentials:
    'Renew the credentials: `gcloud auth application-default login` for your own. They are read anew with the next scan.',
  passing: 'It is tried again.',
  other: undefined,
} as const

/** What whoever runs vaino can do about a failed call. */
export function hintOf(failure: CallFailure): string | undefined {
  const { kind, action } = failure
  if (kind === 'denied') return `Grant ${action}, in a custom role as docs/gcp.md has it.`
  if (kind !== 'not_enabled') return hints[kind]
  const consumer = failure instanceof Refusal ? failure.consumer : null
  return consumer === null
    ? 'Enable the API in the project that the credentials belong to, or leave its types out with `types`.'
    : `Enable the API in project ${consumer}, whose quota counts, or name another one as quota_project.`
}
