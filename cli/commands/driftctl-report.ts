import { splitScope } from '../../model/scope.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import type { StateResult, Totals } from '../terminal/drift-text.ts'

/** `ingress[from_port=22].cidr_blocks` → `["ingress", "from_port=22", "cidr_blocks"]` */
const stepsOf = (path: string): string[] => path.split(/[.[\]]+/).filter((step) => step !== '')

/**
 * The document that `driftctl scan -o json://` writes, for programs that read it. It knows no "unknown": those are alerts, by type, and count
 * as managed in no list.
 */
export function driftctlReport(results: readonly StateResult[], { coverage, seconds }: Totals) {
  const items = results.flatMap(({ all }) => all)
  const of = (...statuses: JudgedItem['status'][]) => items.filter(({ status }) => statuses.includes(status))
  const changed = of('changed')
  const known = coverage.managed - coverage.unknown
  return {
    options: { deep: true, only_managed: coverage.unmanaged === 0, only_unmanaged: false },
    summary: {
      total_resources: known + coverage.unmanaged,
      total_changed: coverage.changed,
      total_drifted: coverage.changed,
      total_unmanaged: coverage.unmanaged,
      total_missing: coverage.missing,
      total_managed: known - coverage.missing,
      total_iac_source_count: results.filter(({ state }) => isState(state)).length,
    },
    managed: of('in_sync', 'changed').map(resourceOf),
    unmanaged: of('unmanaged').map(({ resource_id, address, type }) => ({ id: resource_id ?? address, type })),
    missing: of('missing').map(resourceOf),
    differences: changed.map((item) => ({ res: resourceOf(item), changelog: item.fields.map(entryOf) })),
    coverage: known === 0 ? 0 : Math.floor(((known - coverage.missing) / known) * 100),
    alerts: alertsOf(of('unknown')),
    provider_name: '',
    provider_version: '',
    scan_duration: Math.round(seconds),
    date: new Date().toISOString(),
  }
}

const isState = (scope: StateResult['state']): boolean => splitScope(scope).provider === 'terraform'

function resourceOf({ resource_id, address, type, state }: JudgedItem) {
  const [name = address, ...path] = address.split('.').reverse()
  const namespace = path.slice(1).reverse().join('.')
  return {
    id: resource_id ?? address,
    type,
    source: { source: `tfstate://${splitScope(state).account ?? ''}`, namespace, internal_name: name },
  }
}

const entryOf = ({ path, before, after }: JudgedItem['fields'][number]) => ({
  type: before === null ? 'create' : after === null ? 'delete' : 'update',
  path: stepsOf(path),
  from: before,
  to: after,
  computed: false,
})

function alertsOf(items: readonly JudgedItem[]): Readonly<Record<string, { message: string }[]>> | null {
  const alerts: Record<string, { message: string }[]> = {}
  for (const { type, address, message, reason } of items) {
    const list = alerts[type] ?? []
    alerts[type] = list
    list.push({ message: `${address}: ${message ?? reason ?? 'not known'}` })
  }
  return items.length === 0 ? null : alerts
}
