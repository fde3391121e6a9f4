import { ScanFailure } from '../../scan-failure.ts'
import { applyInProgress } from './lock.ts'
import { ProviderError } from './provider/provider-error.ts'

/** Nothing in the state, and nothing that the user gives. */
export const notConfigured = (name: string): ProviderError =>
  new ProviderError('not_configured', `nothing in the state says how ${name} is configured`, {
    hint: `Say it in vaino.yaml, as an option of the source: live: {configurations: {"${name}": {…}}}; {} where its environment variables suffice.`,
  })

export const moved = (name: string): ScanFailure =>
  applyInProgress(`${name} was written while the real things were read`, 1)

export const unsupported = (name: string, version: number): ScanFailure =>
  new ScanFailure(
    'unsupported_state',
    `${name} is of state format ${version}, and the real things behind it are not read`,
    {
      hint: '`terraform apply -refresh-only` with a current Terraform writes format 4.',
    },
  )
