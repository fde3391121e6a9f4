import { VainoError } from '../../model/errors.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { type Format, formats } from '../terminal/output.ts'

export const driftStatuses: readonly string[] = ['in_sync', 'changed', 'missing', 'unmanaged', 'unknown']

/** As every command has them, and the JSON of driftctl, for what already reads that. */
export const driftFormats: readonly string[] = [...formats, 'driftctl']

export interface DriftFlags extends Omit<SharedFlags, 'output'> {
  readonly output?: Format | 'driftctl'
  readonly status?: readonly string[]
  readonly state?: string
  readonly against?: string
}

export const noStates = (text: string | undefined): VainoError =>
  new VainoError('bad_request', text === undefined ? 'No state was found' : `No state has "${text}" in its path`, {
    hint: '`vaino scopes`, or `vaino scan` with the same sources, lists what there is.',
  })
