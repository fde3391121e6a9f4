import type { KubeClient, KubeObject } from './client.ts'
import { servedKinds } from './discovery.ts'

/** What `kubectl apply --server-side --dry-run=server` does; a field that the server doesn't know is refused. */
export async function dryRun(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  const kind = (await servedKinds(client)).find(
    ({ kind, group, version }) =>
      kind === object.kind && (group === '' ? version : `${group}/${version}`) === object.apiVersion,
  )
  if (kind === undefined) throw new Error(`${object.apiVersion} ${object.kind} is not served`)
  const { name, namespace } = object.metadata
  const folder = namespace === undefined ? kind.path : kind.path.replace(/[^/]+$/, `namespaces/${namespace}/$&`)
  return client.apply(`${folder}/${name}`, object, { dryRun: true })
}
