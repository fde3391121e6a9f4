import { isObject, type JsonObject } from '../../model/json.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { isControlled } from './objects/folding.ts'

/** Kinds that nobody writes: Kubernetes, a cloud's controllers and kubelets make all of their objects. */
const madeKinds = new Set([
  ...['Pod', 'Event', 'Node', 'Endpoints', 'ComponentStatus', 'ReplicationController', 'apps.ReplicaSet'],
  ...['apps.ControllerRevision', 'discovery.k8s.io.EndpointSlice', 'coordination.k8s.io.Lease', 'events.k8s.io.Event'],
  ...['networking.k8s.io.IPAddress', 'storage.k8s.io.CSINode', 'storage.k8s.io.VolumeAttachment'],
  ...['storage.k8s.io.CSIStorageCapacity', 'apiregistration.k8s.io.APIService', 'resource.k8s.io.ResourceSlice'],
  ...['certificates.k8s.io.CertificateSigningRequest', 'internal.apiserver.k8s.io.StorageVersion'],
])

/** Of a kind the names of the objects that each cluster, or each namespace, begins with. */
const defaults: Readonly<Record<string, RegExp>> = {
  Namespace: /^(?:default|kube-system|kube-public|kube-node-lease)$/,
  ServiceAccount: /\/default$/,
  ConfigMap: /\/(?:kube-root-ca\.crt|istio-ca-root-cert|openshift-service-ca\.crt)$/,
  Service: /^default\/kubernetes$/,
  'scheduling.k8s.io.PriorityClass': /^system-/,
  'networking.k8s.io.ServiceCIDR': /^kubernetes$/,
}

const systemNamespaces = /^kube-(?:system|public|node-lease)$/

/** Types of Secrets that controllers write: tokens, and Helm's record of its releases. */
const madeSecrets = /^(?:kubernetes\.io\/service-account-token|bootstrap\.kubernetes\.io\/token|helm\.sh\/release\.v1)$/

/**
 * Whether an object was made by Kubernetes itself, or by a controller for another object: a default service account, bootstrap roles, what has an
 * owner, a volume that was provisioned for a claim.
 */
export function isAmbientObject({ id, type, namespace = null, configuration, tags }: Resource): boolean {
  if (madeKinds.has(type) || defaults[type]?.test(id) === true) return true
  const metadata = objectIn(configuration?.metadata)
  const annotations = objectIn(metadata.annotations)
  if (isControlled({ metadata })) return true
  if (tags?.['kubernetes.io/bootstrapping'] !== undefined) return true
  if (annotations['apf.kubernetes.io/autoupdate-spec'] !== undefined) return true
  if (annotations['pv.kubernetes.io/provisioned-by'] !== undefined) return true
  if (type === 'Secret') return madeSecrets.test(String(configuration?.type))
  // Its controllers' accounts, and what the API server keeps there.
  return systemNamespaces.test(namespace ?? '') && (type === 'ServiceAccount' || isOfApiServer(type, id))
}

const isOfApiServer = (type: string, id: string): boolean =>
  type === 'ConfigMap' &&
  /^kube-(?:system|public)\/(?:extension-apiserver-authentication|cluster-info|kube-apiserver-legacy-service-account-token-tracking)$/.test(
    id,
  )

const objectIn = (value: Json | undefined): JsonObject => (isObject(value ?? null) ? (value as JsonObject) : {})
