import type { DriftField } from '../../../model/drift-walk.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { blockIn } from './kinds.ts'

/** Helm keeps each revision of a release in a Secret of its own, and the older ones up to a limit. */
const revisionName = /^(.*sh\.helm\.release\.v1\..+)\.v(\d+)$/

/** The id that all revisions of a release share: `web/sh.helm.release.v1.shop`. */
const releaseId = (namespace: string, name: string): string => `${namespace}/sh.helm.release.v1.${name}`

/** The release that a Secret holds a revision of, and which; null for any other. */
export function revisionOf(id: string): { readonly release: string; readonly revision: number } | null {
  const [, release, revision] = revisionName.exec(id) ?? []
  return release === undefined ? null : { release, revision: Number(revision) }
}

/** The release that an instance of a state stands for; null where it is no `helm_release`, or was never made. */
export function statedRelease({ type, configuration }: Pick<Resource, 'type' | 'configuration'>): string | null {
  if (type !== 'helm_release') return null
  const { name = null, namespace = null } = configuration ?? {}
  if (typeof name !== 'string' || name === '') return null
  return releaseId(typeof namespace === 'string' && namespace !== '' ? namespace : 'default', name)
}

/** The id of the Secret with the revision that an instance of a state names; null where it names none. */
export function statedRevision(instance: Pick<Resource, 'type' | 'configuration'>): string | null {
  const release = statedRelease(instance)
  const { revision } = blockIn(instance.configuration?.metadata) as JsonObject
  return release === null || !Number.isSafeInteger(Number(revision ?? '-')) ? null : `${release}.v${Number(revision)}`
}

/** The release that an object says it was installed by; null where it says none. */
export function releaseOf({ configuration }: Resource): string | null {
  const { annotations } = blockIn(configuration?.metadata) as { annotations?: JsonObject }
  const [name, namespace] = ['name', 'namespace'].map((part) => annotations?.[`meta.helm.sh/release-${part}`])
  return typeof name === 'string' && typeof namespace === 'string' ? releaseId(namespace, name) : null
}

/** What the newest revision of a release says otherwise than the state: its number, and what became of it. */
export function releaseDifferences({ configuration }: Resource, newest: Resource): DriftField[] {
  const fields: DriftField[] = []
  const was = Number(blockIn(configuration?.metadata).revision)
  const is = revisionOf(newest.id)?.revision
  if (is !== undefined && is !== was && Number.isSafeInteger(was))
    fields.push({ path: 'metadata.revision', before: was, after: is })
  const [before, after] = [configuration?.status ?? null, newest.tags?.status ?? null]
  if (typeof before === 'string' && before !== '' && typeof after === 'string' && before !== after)
    fields.push({ path: 'status', before, after })
  return fields
}
