import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { VainoError } from '../../model/errors.ts'
import type { LoadedConfig } from '../../pipeline/config/load.ts'
import type { Config } from '../../pipeline/config/schema.ts'
import { sourceKinds } from '../../pipeline/sources/kinds.ts'
import type { RunningNode } from '../node.ts'
import { type Estate, findEstate } from './estate.ts'

export interface Example {
  readonly estate: Estate
  /** The working copy that is watched and changed. */
  readonly copy: string
}

/**
 * The example for `vaino up --example`; null when a source or a configuration file says what to watch.
 * @throws VainoError `bad_config` when this installation brings no example
 */
export async function exampleFor({ config, file }: LoadedConfig): Promise<Example | null> {
  if (file !== null || config.sources.length > 0) return null
  const estate = await findEstate()
  if (estate !== null) return { estate, copy: path.join(dataDirOf(config), 'estate') }
  throw new VainoError('bad_config', 'This installation brings no example', {
    hint: `Name a source (${sourceKinds.join(', ')}), such as: vaino up --source terraform:./infra. Or let \`vaino init\` write a vaino.yaml.`,
  })
}

/** The example's own data directory, so that its fictional resources never stand beside the user's. */
const dataDirOf = ({ data_dir }: Config): string => `${data_dir}-example`

/** The configuration with the working copy as the only source, and the example's own data directory. */
export const watching = (config: Config, { copy }: Example): Config => ({
  ...config,
  data_dir: dataDirOf(config),
  sources: [{ kind: 'terraform', where: copy, intervalMs: null, forgetAfterMs: null, options: {} }],
})

const pollMs = 50

/** How to look at a running vaino: commands that work as they stand. Waits until everything was scanned once, so that there is something to see. */
export async function whereToLook({ engine, sources, server }: RunningNode, signal: AbortSignal): Promise<string> {
  while (!signal.aborted && sources.status().some(({ isStarted }) => !isStarted)) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
  const cursor = engine.reader.encode(engine.reader.head())
  const calls = [
    ['in a browser', server.url],
    ['what is there now', `curl '${server.url}/v1/snapshot'`],
    ['what changed since this moment', `curl '${server.url}/v1/snapshot?since=${cursor}'`],
    ['what changes, as it happens', `curl -N '${server.url}/v1/changes?offset=now&live=sse'`],
  ]
  return `${calls.map(([what = '', call = '']) => `  ${what.padEnd(32)}${call}`).join('\n')}\n`
}
