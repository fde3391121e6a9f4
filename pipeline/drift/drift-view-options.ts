import type { StateReader } from '../../storage/state-reader.ts'
import type { Asked } from './live-asks.ts'

export interface DriftViewOptions {
  readonly dataDir: string
  readonly reader: StateReader
  /** Calls back after each commit of new changes. */
  onCommit(listener: () => void): () => void
  readonly staleAfterMs: number
  readonly retention: { readonly ageMs: number }
  /** Milliseconds for which what Terraform changes opens nothing; default 15 minutes. */
  readonly applyGraceMs?: number
  /** Milliseconds that Terraform takes to write down what it has made; default 20 seconds; 0: nothing waits for a state. */
  readonly settleMs?: number
  /** Milliseconds between two rounds while changes keep coming; default 100. */
  readonly restMs?: number
  /** Reads some instances live soon: what they stand for has changed since they were read. Absent: the next pass reads them. */
  readLive?(asked: Asked): void
  failed(error: unknown): void
}

/** As long as a lock of a state is believed. */
export const defaultApplyGraceMs = 15 * 60_000
/** Terraform writes its state every 20 seconds while it runs. */
export const defaultSettleMs = 20_000
