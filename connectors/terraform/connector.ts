import type { Connector } from '../connector.ts'
import type { Providers } from './live/live-reading.ts'
import { type TerraformOptions, terraformOptions } from './options.ts'
import { placeAt } from './places/open-place.ts'
import { PlaceSource } from './places/place-source.ts'
import { TerraformSource } from './terraform-source.ts'
import { parseWhere } from './where.ts'

/** Loaded when the first provider is opened: most sources read states alone. */
const providers: Providers = {
  async find(address, places, signal) {
    const [{ findBinary }, { keptFiles }] = await Promise.all([
      import('./live/binary/binary.ts'),
      import('./live/kept-files.ts'),
    ])
    return findBinary(address, places, signal, keptFiles('provider-hashes', process.env))
  },
  async open(options, signal) {
    const [{ openProvider }, { keptFiles }] = await Promise.all([
      import('./live/provider/reader.ts'),
      import('./live/kept-files.ts'),
    ])
    return openProvider(options, signal, keptFiles('provider-schemas', process.env))
  },
}

/** Watches Terraform and OpenTofu states: files, folders, globs, and the addresses of HTTP backends. */
export const terraform: Connector<TerraformOptions> = {
  kind: 'terraform',
  summary:
    'Terraform states: a file, a folder, a glob, the http(s):// address of a backend, s3://, gs://, azurerm:// or tfe://',
  examples: [
    'terraform:./infra',
    'terraform:"envs/*/terraform.tfstate"',
    'terraform:https://USER:PASSWORD@HOST/state',
    'terraform:s3://BUCKET/KEY',
  ],
  options: terraformOptions,
  open(where, options, context) {
    const place = placeAt(where)
    if (place !== null) return new PlaceSource(place, options, context, providers)
    return new TerraformSource(parseWhere(where), options, context, providers)
  },
}
