import type { KubeClient, KubeObject } from './client.ts'

/** A kind that the server can list and watch. */
export interface ServedKind {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** `/api/v1/configmaps`: of all namespaces. */
  readonly path: string
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string
    readonly versions: readonly { readonly version: string }[]
    readonly preferredVersion: { readonly version: string }
  }[]
}

/** Every kind that can be listed and watched, once: in its group's preferred version, or in the first one that has it. */
export async function servedKinds(client: KubeClient): Promise<ServedKind[]> {
  const { groups } = await client.get<GroupList>('/apis')
  const core = { name: '', versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } }
  const found = new Map<string, ServedKind>()
  for (const { name: group, versions, preferredVersion } of [core, ...groups]) {
    const others = versions.map(({ version }) => version).filter((version) => version !== preferredVersion.version)
    for (const version of [preferredVersion.version, ...others]) {
      const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
      const { resources } = await client.get<ResourceList>(root)
      for (const { name: resource, kind, namespaced, verbs } of resources) {
        const key = `${resource}.${group}`
        if (!['list', 'watch'].every((verb) => verbs.includes(verb)) || found.has(key)) continue
        found.set(key, { group, version, resource, kind, namespaced, path: `${root}/${resource}` })
      }
    }
  }
  return [...found.values()]
}

/** Every object of these kinds, as the server has it now. */
export async function listAll(
  client: KubeClient,
  kinds: readonly ServedKind[],
): Promise<{ kind: ServedKind; object: KubeObject }[]> {
  const lists = await Promise.all(
    kinds.map(async (kind) => (await client.list(kind.path)).map((object) => ({ kind, object }))),
  )
  return lists.flat()
}
