/** One kind that the server can list. */
export interface ServedKind {
  /** Empty for the core kinds. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** As it stands in paths. */
  readonly plural: string
  readonly isNamespaced: boolean
  readonly isWatchable: boolean
}

/** `apps.Deployment`; core kinds stand without a group: `Pod`. */
export const nameOfKind = ({ group, kind }: Pick<ServedKind, 'group' | 'kind'>): string =>
  group === '' ? kind : `${group}.${kind}`

/** `apps/v1`; `v1` of core kinds. */
export const apiVersionOf = ({ group, version }: Pick<ServedKind, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

/** The path of all objects of a kind, or of those in one namespace. */
export function pathOfKind({ group, version, plural }: ServedKind, namespace: string | null): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${root}${namespace === null ? '' : `/namespaces/${namespace}`}/${plural}`
}

/** Bytes of one discovery document; a cluster with 500 kinds has 300 kB. */
export const maxDiscoveryBytes = 32 * 1024 * 1024

/** The kinds of each group as its preferred versions have them; null: the server could not say. */
export type GroupKinds = ReadonlyMap<string, readonly ServedKind[] | null>

interface Listed extends Omit<ServedKind, 'isWatchable'> {
  readonly verbs: readonly string[]
}

/** Of each resource the first version that can list it: versions stand in the server's order of preference. */
export function preferred(resources: readonly Listed[]): readonly ServedKind[] {
  const byPlural = new Map<string, ServedKind>()
  for (const { verbs, ...resource } of resources) {
    // Subresources stand behind a slash.
    if (resource.kind === '' || resource.plural.includes('/') || !verbs.includes('list')) continue
    if (byPlural.has(resource.plural)) continue
    byPlural.set(resource.plural, { ...resource, isWatchable: verbs.includes('watch') })
  }
  return [...byPlural.values()]
}
