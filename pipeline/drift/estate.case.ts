import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { desiredDigest } from '../../model/drift.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { openEngine } from '../embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../engine-options.ts'
import type { RunningEngine } from '../running-engine.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import type { DriftItem } from './drift-item.ts'
import type { DriftEntry } from './drift-log.ts'
import { DriftView } from './drift-view.ts'
import type { DriftViewOptions } from './drift-view-options.ts'

export type Attributes = { [name: string]: Json }

export const stateScope = (name: string): string => `terraform/${name}/-/state`
export const liveScopeOf = (name: string): string => `terraform/${name}/-/live`

const schema = { sets: ['ports'], optional_computed: ['size'], computed: ['etag'] }

/** An instance as the terraform source observes it. */
export const desired = (address: string, configuration: Attributes): Resource => ({
  id: address,
  type: address.split('.')[0] ?? '',
  name: address,
  provider: 'toy',
  account: null,
  region: 'eu-west-1',
  namespace: null,
  configuration,
  metadata: { mode: 'managed' },
  tags: { team: 'web' },
})

/** A reading of it. @param of the state's instance that it was made for */
export const reading = (of: Resource, configuration: Attributes): Resource => ({
  ...of,
  configuration,
  metadata: { mode: 'managed', schema, state: { lineage: 'l', serial: 1, digest: desiredDigest(of) } },
})

/** A complete scan, or one with errors. */
export const scanOf = (
  scope: string,
  scan: string,
  resources: readonly Resource[],
  end: { errors?: object[]; warnings?: object[]; gone?: string[]; by?: (address: string) => object | null } = {},
): object[] => [
  { kind: 'scan.begin', scope, scan },
  ...resources.map((resource) => ({ kind: 'observed', scope, scan, resource, actor: end.by?.(resource.id) ?? null })),
  ...(end.gone ?? []).map((id) => ({ kind: 'gone', scope, id, actor: end.by?.(id) ?? null })),
  {
    kind: 'scan.end',
    scope,
    scan,
    complete: end.errors === undefined,
    count: resources.length,
    errors: end.errors ?? [],
    warnings: end.warnings ?? [],
    attributes: { every_ms: 900_000 },
  },
]

export interface Estate extends AsyncDisposable {
  readonly engine: RunningEngine
  readonly dataDir: string
  readonly failures: unknown[]
  send(...records: readonly object[]): Promise<void>
  /** A view of this estate that has seen everything; another file gives a view that is computed anew. */
  open(options?: Partial<DriftViewOptions>): Promise<DriftView>
}

export async function openEstate(partitions = 4): Promise<Estate> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-drift-'))
  const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const engine = await openEngine({ ...defaultEngineOptions, partitions, workers: 1, dataDir }, telemetry)
  const failures: unknown[] = []
  return {
    engine,
    dataDir,
    failures,
    async send(...records) {
      const body = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
      const result = await engine.ingest(
        (async function* () {
          yield body
        })(),
        'test',
      )
      if (result.deadLetters !== 0) throw new Error(`${result.deadLetters} dead letters`)
    },
    async open(options = {}) {
      const view = new DriftView({
        dataDir,
        reader: engine.reader,
        onCommit: (listener) => engine.onCommit(listener),
        staleAfterMs: 90_000,
        retention: { ageMs: 86_400_000 },
        restMs: 0,
        failed: (error) => void failures.push(error),
        ...options,
      })
      await view.start()
      return view
    },
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      telemetry[Symbol.dispose]()
      rmSync(dataDir, { recursive: true })
    },
  }
}

export const itemsOf = (view: DriftView, inSyncToo = false): DriftItem[] =>
  [...view.items(inSyncToo)].filter((item) => item !== null)

export const logOf = (view: DriftView): DriftEntry[] => {
  const entries: DriftEntry[] = []
  for (let after = view.log.floor()[0] ?? 0; ; ) {
    const page = view.log.changes(0, after, view.log.head()[0] ?? 0, 100)
    const last = page.at(-1)
    if (last === undefined) return entries
    entries.push(...page.map(({ entry }) => entry))
    after = last.offset
  }
}

/** An entry in short: what happened to which address, in which fields. */
export const tell = ({ event, drift }: DriftEntry): string =>
  [event, drift.address, drift.status, drift.tier, ...drift.fields.map(({ path: field }) => field)].join(' ')

/** The log in short. */
export const storyOf = (view: DriftView): string[] => logOf(view).map(tell)
