import type { Connector } from '../connector.ts'
import { type TerraformOptions, terraformOptions } from './options.ts'
import { placeAt } from './places/open-place.ts'
import { PlaceSource } from './places/place-source.ts'
import { TerraformSource } from './terraform-source.ts'
import { parseWhere } from './where.ts'

/** Watches Terraform and OpenTofu states: files, folders, globs, and the addresses of HTTP backends. */
export const terraform: Connector<TerraformOptions> = {
  kind: 'terraform',
  summary: 'Terraform states: a file, a folder, a glob, the http(s):// address of a backend, or s3://',
  examples: [
    'terraform:./infra',
    'terraform:"envs/*/terraform.tfstate"',
    'terraform:https://USER:PASSWORD@HOST/state',
    'terraform:s3://BUCKET/KEY',
  ],
  options: terraformOptions,
  open(where, options, context) {
    const place = placeAt(where)
    if (place !== null) return new PlaceSource(place, options, context)
    return new TerraformSource(parseWhere(where), options, context)
  },
}
