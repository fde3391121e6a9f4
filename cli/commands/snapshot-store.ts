import type { StoreOptions } from '../../pipeline/snapshots/store.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { pageOf } from '../terminal/page.ts'
import { readConfig } from './config.ts'

/** Where the configuration says that snapshots are kept. @throws VainoError `bad_config` */
export async function storeOf(flags: SharedFlags): Promise<StoreOptions> {
  const { config, warnings } = await readConfig(flags)
  for (const warning of warnings) pageOf(flags).note(warning)
  return { baseDir: config.storage.base_dir, workers: config.storage.workers }
}
