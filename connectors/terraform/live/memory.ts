import type { ScanError } from '../../../model/record.ts'
import type { Judgement, Standing, Witnessed } from './witness.ts'

/** Addresses whose moving fields are carried over a restart; those of the rest are learnt anew. */
const maxCarried = 500

/** What is known of a live scope from before this process. */
export interface Recalled {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly errors?: readonly ScanError[]
  readonly warnings?: readonly ScanError[]
}

/** What one live scope's passes have learnt: an entry for each instance, so as large as the state is long. */
export class ScopeMemory {
  /** `cloudId` is null for what an earlier process knew. */
  readonly #standings = new Map<string, { readonly standing: Standing; readonly cloudId: string | null }>()
  /** Of each instance that was read twice, the paths that move by themselves. */
  readonly #volatile = new Map<string, readonly string[]>()

  constructor(recalled: Recalled | undefined) {
    for (const { code, ids } of codedIds(recalled?.errors))
      if (code === 'null_once') for (const id of ids) this.#standings.set(id, { standing: 'once', cloudId: null })
    for (const { code, ids } of codedIds(recalled?.warnings))
      if (code === 'missing') for (const id of ids) this.#standings.set(id, { standing: 'missing', cloudId: null })
    const volatile = recalled?.attributes.volatile
    if (typeof volatile !== 'object' || volatile === null) return
    for (const [id, paths] of Object.entries(volatile)) if (isTexts(paths)) this.#volatile.set(id, paths)
  }

  standingOf({ id, cloudId }: Witnessed): Standing | undefined {
    const known = this.#standings.get(id)
    return known !== undefined && (known.cloudId === null || known.cloudId === cloudId) ? known.standing : undefined
  }

  /** Something was null once, and may be looked at for the second time. */
  get hasDoubts(): boolean {
    return [...this.#standings.values()].some(({ standing }) => standing === 'once')
  }

  /** A null that is held counts for nothing: the next one begins anew. */
  judged({ id, cloudId }: Witnessed, judgement: Judgement): void {
    if (typeof judgement === 'string') this.#standings.set(id, { standing: judgement, cloudId })
    else this.#standings.delete(id)
  }

  wasThere(id: string): void {
    this.#standings.delete(id)
  }

  volatileOf(id: string): readonly string[] | undefined {
    return this.#volatile.get(id)
  }

  learn(id: string, volatile: readonly string[]): void {
    this.#volatile.set(id, volatile)
  }

  /** What a later process needs, for the scope's attributes. */
  get carried(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#volatile].filter(([, paths]) => paths.length > 0).slice(0, maxCarried))
  }
}

function codedIds(said: readonly ScanError[] | undefined): { code: unknown; ids: readonly string[] }[] {
  return (said ?? []).flatMap((error) =>
    typeof error !== 'string' && isTexts(error.ids) ? [{ code: error.code, ids: error.ids }] : [],
  )
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
