import { stringify } from 'yaml'
import type { ServedKind } from '../discovery/kinds.ts'
import type { KubernetesOptions } from '../options.ts'

interface Asked {
  readonly kind: ServedKind
  readonly namespace: string | null
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const verbs = ['list', 'watch']
/** Of the roles, and of the account that they are bound to: as deploy/kubernetes/vaino.yaml has it. */
const [name, account] = ['vaino', { kind: 'ServiceAccount', name: 'vaino', namespace: 'vaino' }]
const group = 'rbac.authorization.k8s.io'

/**
 * The roles that let vaino read what it is configured to, as YAML for `kubectl apply`: a ClusterRole, or a Role in each namespace.
 * Where every kind is read, it is one rule for every kind, which holds for those that come later too; else the kinds are named.
 */
export function rolesFor(asked: readonly Asked[], options: Pick<KubernetesOptions, 'kinds' | 'namespaces'>): string {
  const { kinds, namespaces } = options
  const isEverything = kinds.include.includes('*') && kinds.exclude.length === 0
  const rules = isEverything ? [{ apiGroups: ['*'], resources: ['*'], verbs }] : rulesFor(asked)
  const objects =
    namespaces.length === 0
      ? bound('ClusterRole', rules, null)
      : namespaces.flatMap((namespace) => bound('Role', rules, namespace))
  return objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')
}

/** A rule for each API group. */
function rulesFor(asked: readonly Asked[]): Rule[] {
  const byGroup = Map.groupBy(asked, ({ kind }) => kind.group)
  return [...byGroup]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([apiGroup, of]) => ({
      apiGroups: [apiGroup],
      resources: [...new Set(of.map(({ kind }) => kind.plural))].toSorted(),
      verbs,
    }))
}

function bound(kind: 'ClusterRole' | 'Role', rules: readonly Rule[], namespace: string | null): object[] {
  const apiVersion = `${group}/v1`
  const metadata = { name, ...(namespace === null ? {} : { namespace }) }
  const roleRef = { apiGroup: group, kind, name }
  return [
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects: [account] },
  ]
}
