/** The stored snapshots, as the command line uses them. */
export type { SavedSnapshot, StoredSnapshot, StoreOptions } from '../../storage/snapshots/snapshot-store.ts'
export { findSnapshot, listSnapshots, saveSnapshots, snapshotNames } from '../../storage/snapshots/snapshot-store.ts'
