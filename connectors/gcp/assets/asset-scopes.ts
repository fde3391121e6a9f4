import { formatScope, type Scope, splitScope } from '../../../model/scope.ts'
import type { ConnectorContext } from '../../connector.ts'
import type { Observer, ScanReport, Target } from '../../source.ts'
import type { Place } from '../scan/resource.ts'
import type { Session } from '../session/session.ts'
import { assetTypeOf, isFromInventory, typeOf } from './asset-types.ts'
import { readAssets, typesInInventory } from './inventory.ts'
import { digestOf, KeptAssets } from './kept-assets.ts'

/** From the end of a listing to the next: the inventory is minutes behind, and a hundred calls a minute are allowed. */
const leastIntervalMs = 10 * 60_000
/** The types of a project are asked for again after this long. */
const typesMs = 10 * 60_000

/** The scopes of the types that only Cloud Asset Inventory has: one scope a type, each read from it alone. */
export class AssetScopes {
  readonly #session: Session
  readonly #context: ConnectorContext
  readonly #kept: KeptAssets
  readonly #types = new Map<string, { readonly at: number; readonly types: readonly string[] }>()

  constructor(session: Session, context: ConnectorContext, kept = new KeptAssets()) {
    this.#session = session
    this.#context = context
    this.#kept = kept
  }

  /**
   * A scope for each type that the project has, or had when it was last looked at.
   * @throws CallFailure where the inventory can't be asked, and VainoError
   */
  async targets(project: string, signal: AbortSignal): Promise<readonly Target[]> {
    const found = await this.#typesOf(project, signal)
    const known = this.#context.knownScopes(`gcp/${project}/-/`).map(({ scope }) => splitScope(scope).collection)
    const types = new Set([...found.map(typeOf), ...known.filter(isAsset)])
    return [...types].sort().map((type) => ({ scope: scopeOf(project, type), leastIntervalMs }))
  }

  /** The scope of an asset type that is read here; null: it is none. */
  scopeOf(project: string, assetType: string | null): Scope | null {
    return assetType !== null && isFromInventory(assetType) ? scopeOf(project, typeOf(assetType)) : null
  }

  /** Null: the scope is none of the inventory's. */
  assetTypeIn(scope: Scope): string | null {
    const { collection } = splitScope(scope)
    return isAsset(collection) ? assetTypeOf(collection) : null
  }

  /**
   * Reads one type. It is complete when everything that was there ten minutes ago is there now, or was missed then already.
   * @throws CallFailure, VainoError, and what the observer throws
   */
  async scan(scope: Scope, assetType: string, place: Place, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    const ids = new Set<string>()
    let failures = 0
    for await (const assets of readAssets(this.#session, assetType, place, signal)) {
      for (const { resource, updatedAt, failure } of assets) {
        if (failure !== null) {
          failures++
          out.missed({ message: failure.message, code: failure.code })
        }
        this.#context.redactor.redactResource(resource)
        ids.add(resource.id)
        await out.observe(this.#kept.newest(scope, resource, updatedAt))
      }
    }
    const { late, unknown } = this.#kept.listed(scope, ids)
    for (const resource of late) await out.observe(resource)
    if (unknown > 0) out.missed(unconfirmed(`${unknown} assets are missing in the listing for the first time`))
    else if (failures > 0) return {}
    const listing = digestOf([...ids, ...late.map(({ id }) => id)])
    const before = this.#context.knownScopes(scope).find((one) => one.scope === scope)
    const isChanged = before !== undefined && before.attributes.listing !== listing
    if (isChanged && !this.#kept.isConfirmed(scope))
      out.missed(unconfirmed('no listing since vaino started is as the last one before'))
    else if (unknown === 0) this.#kept.confirm(scope)
    return { attributes: { listing } }
  }

  async #typesOf(project: string, signal: AbortSignal): Promise<readonly string[]> {
    const known = this.#types.get(project)
    if (known !== undefined && performance.now() - known.at < typesMs) return known.types
    const types = await typesInInventory(this.#session, project, signal)
    this.#types.set(project, { at: performance.now(), types })
    return types
  }
}

const unconfirmed = (what: string) => ({
  message: `${what}: what a second one, ten minutes later, lacks too is deleted`,
  code: 'unconfirmed',
})

const isAsset = (collection: string): boolean => {
  const assetType = assetTypeOf(collection)
  return assetType !== null && isFromInventory(assetType)
}

const scopeOf = (account: string, collection: string): Scope =>
  formatScope({ provider: 'gcp', account, location: null, collection })
