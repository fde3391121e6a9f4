import type { Connector } from '../connector.ts'
import { type TerraformOptions, terraformOptions } from './options.ts'
import { TerraformSource } from './terraform-source.ts'
import { parseWhere } from './where.ts'

/** Watches Terraform and OpenTofu states: files, folders, globs, and the addresses of HTTP backends. */
export const terraform: Connector<TerraformOptions> = {
  kind: 'terraform',
  summary: 'Terraform states: a file, a folder, a glob, or the http(s):// address of a backend',
  examples: ['terraform:./infra', 'terraform:"envs/*/terraform.tfstate"', 'terraform:https://USER:PASSWORD@HOST/state'],
  options: terraformOptions,
  open: (where, options, context) => new TerraformSource(parseWhere(where), options, context),
}
