import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** Takes what is compared out of a kind's status; an empty object where nothing of it is. */
type StatusFields = (status: JsonObject) => JsonObject

/** Conditions by their type, each with its status and its reason: times and messages move by themselves. */
const conditions =
  (types: readonly string[], keep: (condition: JsonObject) => boolean = () => true): StatusFields =>
  ({ conditions: all }) => {
    const found = objectsIn(all)
      .filter((one) => types.includes(String(one.type)) && keep(one))
      .map(({ type = null, status = null, reason = null }) => ({ type, status, reason }))
    return found.length === 0 ? {} : { conditions: found }
  }

const members =
  (...names: readonly string[]): StatusFields =>
  (status) =>
    Object.fromEntries(names.flatMap((name) => (status[name] === undefined ? [] : [[name, status[name]]])))

const both =
  (...parts: readonly StatusFields[]): StatusFields =>
  (status) =>
    Object.assign({}, ...parts.map((part) => part(status)))

const within =
  (name: string, inner: StatusFields): StatusFields =>
  (status) => {
    const value = status[name] ?? null
    const found = isObject(value) ? inner(value) : {}
    return Object.keys(found).length === 0 ? {} : { [name]: found }
  }

const versions = ['kubeletVersion', 'kubeProxyVersion', 'containerRuntimeVersion', 'kernelVersion', 'osImage']

/** What happens to a container: how often it has started, and why it waits or has ended. */
const containerStatuses: StatusFields = ({ containerStatuses: all }) => {
  const found = objectsIn(all).map(({ name = null, restartCount = null, state = null }) => {
    const [[stage, more] = ['', null]] = isObject(state) ? Object.entries(state) : []
    const reason = isObject(more) ? (more.reason ?? null) : null
    return { name, restartCount, ...(stage === '' ? {} : { state: stage }), ...(reason === null ? {} : { reason }) }
  })
  return found.length === 0 ? {} : { containerStatuses: found }
}

const isFalse = ({ status }: JsonObject): boolean => status === 'False'
const available = conditions(['Available'])
const progressing = conditions(['Progressing'], isFalse)
const ready = conditions(['Ready'])

/** A deployment that progresses is one that works; that it has stopped progressing is news. */
const deployment: StatusFields = (status) => {
  const found = [available(status), progressing(status)].flatMap(({ conditions: all }) => objectsIn(all))
  return found.length === 0 ? {} : { conditions: found }
}

/** By `GROUP.Kind`. Everything else of a status stands in `metadata`, where it is no change. */
const byKind: Readonly<Record<string, StatusFields>> = {
  Node: both(
    conditions(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']),
    within('nodeInfo', members(...versions)),
  ),
  Namespace: members('phase'),
  PersistentVolume: members('phase'),
  PersistentVolumeClaim: members('phase'),
  Pod: both(members('phase'), containerStatuses),
  Service: within('loadBalancer', members('ingress')),
  'apps.Deployment': deployment,
  'batch.Job': conditions(['Complete', 'Failed']),
  'cert-manager.io.Certificate': ready,
  'kustomize.toolkit.fluxcd.io.Kustomization': ready,
  'helm.toolkit.fluxcd.io.HelmRelease': ready,
  'argoproj.io.Application': both(within('sync', members('status')), within('health', members('status'))),
}

export const comparedStatus = (kind: string, status: JsonObject): JsonObject =>
  Object.hasOwn(byKind, kind) ? (byKind[kind]?.(status) ?? {}) : {}

const objectsIn = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])
