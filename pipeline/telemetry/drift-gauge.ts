import type { Ledger } from './ledger.ts'

/** How many managed instances have a status and a severity. */
export interface DriftTally {
  readonly status: string
  readonly severity: string
  readonly count: number
}

/** Shows what the view says now; nothing where it can't be read, for an old number would be taken for a new one. */
export async function collectDrift(
  ledger: Ledger,
  read: () => Promise<readonly DriftTally[]>,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    const tallies = await read()
    ledger.replace(
      'vaino_drift',
      tallies.map(({ status, severity, count }) => [{ status, severity }, count] as const),
    )
  } catch (error) {
    ledger.replace('vaino_drift', [])
    failed(error)
  }
}
