import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Change } from '../../model/change.ts'
import { isChange } from '../../model/change.ts'
import type { Cursor, Position } from '../../model/cursor.ts'
import { openEngine } from '../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../pipeline/engine-options.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { addTo, type KeyHistories } from './key-histories.ts'
import type { PlannedRequest } from './request-plan.ts'

/** What the requests lead to where nothing goes wrong. */
export interface Undisturbed {
  readonly histories: KeyHistories
  /** How many changes each key has once a producer's request is committed. */
  lengthsAfter(request: PlannedRequest): ReadonlyMap<string, number>
  readonly deadLetters: number
  /** Each scope's live resources and held deletes. */
  readonly scopes: readonly object[]
}

export const scopeSummary = ({ scope, status, resources, errors, held }: ScopeLike) => ({
  ...{ scope, resources, errors, held },
  failing: status === 'failing',
})
interface ScopeLike {
  readonly scope: string
  readonly status: string
  readonly resources: number
  readonly errors: unknown
  readonly held: unknown
}

/** Runs the requests in a data directory of their own, one after another. */
export async function runUndisturbed(plans: readonly (readonly PlannedRequest[])[]): Promise<Undisturbed> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-undisturbed-'))
  using telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  try {
    await using engine = await openEngine({ ...defaultEngineOptions, workers: 2, dataDir }, telemetry)
    const { reader } = engine
    const histories: KeyHistories = new Map()
    const lengths = new Map<PlannedRequest, ReadonlyMap<string, number>>()
    for (const plan of plans) {
      const own = new Map<string, number>()
      for (const request of plan) {
        const from = reader.head()
        await engine.ingest(bodyOf(request), 'test', { id: request.producer, epoch: 0, seq: request.seq })
        const changes = changesSince(reader, from)
        addTo(histories, changes)
        for (const { key } of changes) own.set(key, (own.get(key) ?? 0) + 1)
        lengths.set(request, new Map(own))
      }
    }
    const deadLetters = reader.deadLetters(100_000).entries.length
    const scopes = engine.scopes().map(scopeSummary)
    return { histories, deadLetters, scopes, lengthsAfter: (request) => lengths.get(request) ?? new Map() }
  } finally {
    rmSync(dataDir, { recursive: true })
  }
}

/** All changes of a data directory, as a list for each key. */
export function historiesOf(reader: StateReader): KeyHistories {
  const histories: KeyHistories = new Map()
  addTo(histories, changesSince(reader, []))
  return histories
}

function changesSince(reader: StateReader, from: Position): Change[] {
  return reader.head().flatMap((head, partition) => {
    const changes: Change[] = []
    for (let at = from[partition] ?? 0; at < head; ) {
      const page = reader.changes(partition, at, head, 1_000)
      changes.push(...page.filter(isChange).map((change) => change.toChange('' as Cursor)))
      at = page.at(-1)?.offset ?? head
    }
    return changes
  })
}

export async function* bodyOf({ body }: PlannedRequest): AsyncGenerator<Uint8Array> {
  yield Buffer.from(body)
}
