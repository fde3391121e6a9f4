import { VainoError } from '../../../model/errors.ts'
import { compileGlob, type Glob } from '../../../model/glob.ts'
import { nearest } from '../../../model/nearest.ts'
import { nameOfKind, type ServedKind } from './kinds.ts'

/**
 * Kinds that are not watched unless they are named: what others make of what is watched (Pods, ReplicaSets, endpoints), what moves by
 * itself (leases, metrics), and what stands twice. The list is Argo CD's default, with what follows from owners.
 */
const leftOut: readonly string[] = [
  // Made by controllers, one or more for each edit of their owners.
  ...['Pod', 'apps.ReplicaSet', 'apps.ControllerRevision', 'ReplicationController'],
  ...['Endpoints', 'discovery.k8s.io.EndpointSlice', 'networking.k8s.io.IPAddress'],
  ...['cert-manager.io.CertificateRequest', 'acme.cert-manager.io.*'],
  ...['cilium.io.CiliumIdentity', 'cilium.io.CiliumEndpoint', 'cilium.io.CiliumEndpointSlice'],
  // Heartbeats, measurements, reports.
  ...['coordination.k8s.io.*', 'Event', 'events.k8s.io.*', 'metrics.k8s.io.*', '*.metrics.k8s.io.*', 'ComponentStatus'],
  ...['storage.k8s.io.CSIStorageCapacity', 'internal.apiserver.k8s.io.*', 'apiregistration.k8s.io.APIService'],
  ...['reports.kyverno.io.*', 'wgpolicyk8s.io.*', 'openreports.io.*', 'kyverno.io.UpdateRequest'],
  ...['kyverno.io.*Report', 'aquasecurity.github.io.*Report'],
  // Requests, which live for seconds.
  ...['certificates.k8s.io.CertificateSigningRequest', 'certificates.k8s.io.PodCertificateRequest'],
  // Second names of kinds of other groups.
  'extensions.*',
]

interface Wanted {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** Whether a source watches a kind, by its name. */
export function isWantedBy({ include, exclude }: Wanted): (name: string) => boolean {
  const named = new Set(include.filter((pattern) => !pattern.includes('*')).map(normal))
  const isIncluded = anyOf(include)
  const isExcluded = anyOf(exclude)
  const isLeftOut = anyOf(leftOut)
  return (name) => isIncluded(name) && !isExcluded(name) && (!isLeftOut(name) || named.has(normal(name)))
}

/** The kinds that a source watches, one of each name. @throws VainoError `source_failed` where it names none that is served */
export function selectKinds(
  served: readonly ServedKind[],
  wanted: Wanted,
  namespacesOnly: boolean,
): readonly ServedKind[] {
  const isWanted = isWantedBy(wanted)
  const chosen = new Map<string, ServedKind>()
  for (const kind of served) {
    const name = nameOfKind(kind)
    if (namespacesOnly && !kind.isNamespaced) continue
    if (isWanted(name) && !chosen.has(name)) chosen.set(name, kind)
  }
  if (chosen.size > 0) return [...chosen.values()]
  const { include } = wanted
  const meant = nearest(include[0] ?? '', served.map(nameOfKind))
  throw new VainoError('source_failed', `none of the kinds that the server has is one of ${include.join(', ')}`, {
    hint:
      meant === null
        ? 'kubectl api-resources lists them: GROUP.Kind, or Kind alone for those of v1.'
        : `Did you mean ${meant}?`,
  })
}

const normal = (name: string): string => name.toLowerCase()

function anyOf(patterns: readonly string[]): Glob {
  const globs = patterns.map((pattern) => compileGlob(normal(pattern)))
  return (name) => globs.some((glob) => glob(normal(name)))
}
