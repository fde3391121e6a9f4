import { compileGlob } from '../../../model/glob.ts'

/** Annotations that controllers rewrite: bookkeeping of an edit that is seen elsewhere, leaders, measurements. */
const patterns = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.daemonset.template.generation',
  'control-plane.alpha.kubernetes.io/leader',
  'endpoints.kubernetes.io/last-change-trigger-time',
  'cluster-autoscaler.kubernetes.io/last-updated',
  'autoscaling.alpha.kubernetes.io/*',
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/hydrate',
  'notified.notifications.argoproj.io',
  'reconcile.fluxcd.io/requestedAt',
].map(compileGlob)

/** Whether an annotation says nothing of what somebody wanted; it stands in `metadata`, where it is no change. */
export const isNoise = (annotation: string): boolean => patterns.some((matches) => matches(annotation))

/** Of a status: long, moved by the kubelet, and in nobody's question. */
export const omittedStatus: ReadonlySet<string> = new Set(['images', 'volumesInUse', 'volumesAttached'])
