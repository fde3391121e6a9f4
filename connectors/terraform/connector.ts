import { VainoError } from '../../model/errors.ts'
import type { Connector } from '../connector.ts'
import { TerraformCollector } from './collector.ts'
import type { TerraformOptions } from './options.ts'
import { parseWhere } from './where.ts'

const defaultTimeoutSeconds = 30

/** Watches Terraform and OpenTofu states: files, folders, globs, and the addresses of HTTP backends. */
export const terraform: Connector = {
  kind: 'terraform',
  summary: 'Terraform states: a file, a folder, a glob, or the http(s):// address of a backend',
  open: (where, context) => new TerraformCollector(parseWhere(where), readOptions(context.options), context),
}

function readOptions(options: Readonly<Record<string, unknown>>): TerraformOptions {
  const { data_sources = false, timeout_seconds = defaultTimeoutSeconds, ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw refused(`"${unknown}" is no option of a terraform source`)
  if (typeof data_sources !== 'boolean') throw refused('data_sources must be true or false')
  if (typeof timeout_seconds !== 'number' || !(timeout_seconds > 0 && timeout_seconds <= 3600)) {
    throw refused('timeout_seconds must be a number from above 0 to 3600')
  }
  return { dataSources: data_sources, timeoutMs: timeout_seconds * 1000 }
}

const refused = (message: string): VainoError =>
  new VainoError('bad_config', message, {
    hint: 'Its options are data_sources (true or false) and timeout_seconds.',
  })
