import type { ScanError } from '../../../model/record.ts'
import { createRedactor } from '../../../model/redaction.ts'
import { type RecordedScan, recordingSink } from '../../../test/sources/recording-sink.ts'
import { scanAll } from '../../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import type { TemporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import type { ConnectorContext } from '../../connector.ts'
import type { Source } from '../../source.ts'
import { terraformOptions } from '../options.ts'
import { TerraformSource } from '../terraform-source.ts'
import { parseWhere } from '../where.ts'
import type { Providers } from './live-reading.ts'
import type { Attributes } from './test-world.ts'

export const redactor = createRedactor(new Uint8Array(32).fill(7))
export const arn = (name: string, region = 'eu-west-1') => `arn:aws:ec2:${region}:111122223333:instance/${name}`

/** A source with live reading. */
export const open = (
  where: string,
  live: object | true,
  providers: Providers,
  more: Partial<ConnectorContext> = {},
): Source =>
  new TerraformSource(
    parseWhere(where),
    terraformOptions.parse({ live }),
    {
      redactor,
      streamingThresholdBytes: 1 << 20,
      chunkBytes: 4096,
      knownScopes: () => [],
      budget: () => ({ take: async () => undefined, throttled: () => undefined }),
      ...more,
    },
    providers,
  )

/** Scans a source once. @returns what its only live scope's scan was */
export async function liveScan(source: Source): Promise<RecordedScan> {
  const sink = recordingSink()
  await scanAll(source, sink)
  const [scan, ...rest] = sink.scans.filter(({ scope }) => scope.endsWith('/-/live'))
  if (scan === undefined || rest.length > 0) throw new Error('expected one live scope')
  return scan
}

export const coded = (said: readonly ScanError[] | undefined) =>
  (said ?? []).map((error) => (typeof error === 'string' ? { message: error } : { code: error.code, ids: error.ids }))

/** Instances `aws_instance.NAME` of id NAME. */
export const estate = (names: readonly string[], more: Attributes = {}) =>
  state4(
    names.map((name) => resource4(name, { id: name, arn: arn(name), size: 'small', ...more })),
    { lineage: 'one' },
  )

export const thing = (name: string, more: Attributes = {}) => ({ id: name, arn: arn(name), size: 'small', ...more })
export const things = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, thing(name)]))

export async function stateIn(folder: TemporaryFolder, text: string): Promise<void> {
  await folder.write('s.tfstate', text)
}
