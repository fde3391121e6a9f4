import type { StoreOptions } from '../storage/snapshots/snapshot-store.ts'
import { readConfig } from './config.ts'
import type { SharedFlags } from './shared-flags.ts'

/** Where the configuration says that snapshots are kept. @throws VainoError `bad_config` */
export async function storeOf(flags: SharedFlags): Promise<StoreOptions> {
  const { storage } = (await readConfig(flags)).config
  return { baseDir: storage.base_dir, workers: storage.workers }
}
