import { withoutType } from '../../../model/drift-values.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { nameOfKind } from '../discovery/kinds.ts'

/** By API group: the kinds that the Kubernetes provider has resources of. Its names have the kind in snake_case, with or without a version. */
const kindsByGroup: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['Namespace', 'Service', 'ServiceAccount', 'ConfigMap', 'Secret', 'Pod', 'Endpoints', 'LimitRange'],
    ...['PersistentVolume', 'PersistentVolumeClaim', 'ReplicationController', 'ResourceQuota'],
  ],
  apps: ['Deployment', 'DaemonSet', 'StatefulSet'],
  batch: ['Job', 'CronJob'],
  autoscaling: ['HorizontalPodAutoscaler'],
  policy: ['PodDisruptionBudget'],
  'apiregistration.k8s.io': ['APIService'],
  'certificates.k8s.io': ['CertificateSigningRequest'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  'networking.k8s.io': ['Ingress', 'IngressClass', 'NetworkPolicy'],
  'scheduling.k8s.io': ['PriorityClass'],
  'admissionregistration.k8s.io': ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  'storage.k8s.io': ['StorageClass', 'CSIDriver'],
  'node.k8s.io': ['RuntimeClass'],
  'discovery.k8s.io': ['EndpointSlice'],
}

/** Provider names that are no snake_case of their kind, and those that adopt what the cluster made. */
const otherNames: Readonly<Record<string, string>> = {
  daemonset: 'daemon_set',
  default_service_account: 'service_account',
}

/** `APIService` → `api_service`. */
const snakeOf = (kind: string): string =>
  kind
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()

const typed: ReadonlyMap<string, string> = new Map(
  Object.entries(kindsByGroup).flatMap(([group, kinds]) =>
    kinds.map((kind) => [snakeOf(kind), nameOfKind({ group, kind })] as const),
  ),
)

/** Resources that set some fields of an object that something else made. */
const partial = /^kubernetes_(?:labels|annotations|env|node_taint|(?:config_map|secret)_v1_data)$/

/** How a Terraform resource describes an object. */
export type Description = 'blocks' | 'manifest' | 'partial'

/** The object of the API that an instance of a state stands for. */
export interface StatedObject {
  /** `apps.Deployment`. */
  readonly kind: string
  /** Null where the object stands in no namespace, or in the provider's default one. */
  readonly namespace: string | null
  readonly name: string
  /** Null where the state doesn't have it. */
  readonly uid: string | null
  readonly described: Description
}

/** @returns null for what is no `kubernetes_*` resource that has an object, and for one that was never made */
export function statedObject({ type, configuration }: Pick<Resource, 'type' | 'configuration'>): StatedObject | null {
  const attributes = configuration ?? {}
  if (type === 'kubernetes_manifest') return ofManifest(attributes)
  const metadata = blockIn(attributes.metadata)
  if (partial.test(type)) return ofPart(type, attributes, metadata)
  const name = /^kubernetes_(.+?)(?:_v\d+(?:(?:alpha|beta)\d+)?)?$/.exec(type)?.[1]
  const kind = name === undefined ? undefined : typed.get(otherNames[name] ?? name)
  return kind === undefined ? null : named(kind, metadata, 'blocks')
}

function ofManifest(attributes: JsonObject): StatedObject | null {
  const manifest = withoutType(attributes.manifest ?? null)
  const object = withoutType(attributes.object ?? null)
  const read = isObject(object) ? object : {}
  const written = isObject(manifest) ? manifest : read
  const kind = kindIn(written.apiVersion, written.kind)
  return kind === null ? null : named(kind, { ...objectIn(written.metadata), ...textsIn(read.metadata) }, 'manifest')
}

/** Kind and version stand in attributes; of data they follow from the type. */
function ofPart(type: string, attributes: JsonObject, metadata: JsonObject): StatedObject | null {
  const ofData = /^kubernetes_(config_map|secret)_v1_data$/.exec(type)?.[1]
  if (ofData !== undefined) return named(typed.get(ofData) ?? '', metadata, 'partial')
  const kind = type === 'kubernetes_node_taint' ? 'Node' : kindIn(attributes.api_version, attributes.kind)
  return kind === null ? null : named(kind, metadata, 'partial')
}

function named(kind: string, metadata: JsonObject, described: Description): StatedObject | null {
  const name = textOrNull(metadata.name)
  if (name === null) return null
  return { kind, namespace: textOrNull(metadata.namespace), name, uid: textOrNull(metadata.uid), described }
}

function kindIn(apiVersion: Json | undefined, kind: Json | undefined): string | null {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || kind === '') return null
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return nameOfKind({ group, kind })
}

const textOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const objectIn = (value: Json | undefined): JsonObject => (isObject(value ?? null) ? (value as JsonObject) : {})

const textsIn = (value: Json | undefined): JsonObject =>
  Object.fromEntries(Object.entries(objectIn(value)).filter(([, one]) => typeof one === 'string' && one !== ''))

/** The first element of a block, which is a list of one. */
export const blockIn = (block: Json | undefined): JsonObject => objectIn(Array.isArray(block) ? block[0] : block)
