import { until } from '../../api/test-server.ts'
import { type KubeClient, KubeRefusal } from './client.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A kind of a group of tests, as a CustomResourceDefinition brings it. */
export interface CustomKind {
  readonly group: string
  /** `widgets` */
  readonly plural: string
  /** `Widget` */
  readonly kind: string
  readonly version?: string
  readonly scope?: 'Namespaced' | 'Cluster'
  /** OpenAPI of the object; everything is kept by default. */
  readonly schema?: object
}

/** `widgets.example.org` */
export const definitionName = ({ plural, group }: CustomKind): string => `${plural}.${group}`

/** Adds a kind, or changes it, and resolves when the server serves it. Answers the path of its objects in all namespaces. */
export async function defineKind(client: KubeClient, custom: CustomKind): Promise<string> {
  const { group, plural, kind, version = 'v1', scope = 'Namespaced' } = custom
  const name = definitionName(custom)
  const openAPIV3Schema = custom.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  await client.apply(`${definitions}/${name}`, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  })
  const path = `/apis/${group}/${version}/${plural}`
  await until(`${name} is served`, async () => (await client.send('GET', path)).status === 200, 30_000)
  return path
}

/** Takes a kind away with all its objects, and resolves when its definition is gone. */
export async function removeKind(client: KubeClient, custom: CustomKind): Promise<void> {
  const path = `${definitions}/${definitionName(custom)}`
  await client.delete(path)
  await until(`${path} is gone`, async () => (await client.send('GET', path)).status === 404, 30_000)
}

/** Makes a namespace where there is none. */
export async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  try {
    await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  } catch (error) {
    if (!(error instanceof KubeRefusal && error.status === 409)) throw error
  }
}
