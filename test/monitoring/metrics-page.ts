import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repository } from '../lanes.ts'

export interface DocumentedMetric {
  readonly type: string
  /** The labels with the values that they may have; null where those are open. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string> | null>
}

/** Every metric of docs/metrics.md, which a test keeps equal to what vaino exports. */
export function documentedMetrics(): ReadonlyMap<string, DocumentedMetric> {
  const text = readFileSync(path.join(repository, 'docs/metrics.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)]
  return new Map(rows.map(([, name = '', type = '', labels = '']) => [name, { type, labels: labelsIn(labels) }]))
}

function labelsIn(cell: string): ReadonlyMap<string, ReadonlySet<string> | null> {
  const parts = cell === '–' ? [] : cell.split('; ')
  return new Map(
    parts.map((part) => {
      const [, name = '', values] = /^`(\w+)`(?:: (.+))?$/.exec(part) ?? []
      return [name, values === undefined ? null : new Set(values.split(', '))]
    }),
  )
}

/** What Prometheus adds to every series, to the parts of a histogram and to the quantiles of a summary. */
const added = new Set(['job', 'instance', 'le', 'quantile'])
const partOf = (name: string): string => name.replace(/_(bucket|sum|count)$/, '')

/**
 * What is wrong with the metrics and labels of a PromQL expression, as far as those are vaino's.
 * `up` is Prometheus's own.
 */
export function unknownIn(expression: string, metrics: ReadonlyMap<string, DocumentedMetric>): string[] {
  const problems: string[] = []
  const known = (name: string): DocumentedMetric | undefined => metrics.get(name) ?? metrics.get(partOf(name))
  const used = [...expression.matchAll(/\b((?:vaino|process)_\w+)(?:\{([^}]*)\})?/g)]
  const labels = new Set(used.flatMap(([, name = '']) => [...(known(name)?.labels.keys() ?? [])]))
  for (const [, name = '', matchers = ''] of used) {
    const metric = known(name)
    if (metric === undefined) problems.push(`${name} is no metric of vaino`)
    for (const [, label = '', operator = '', value = ''] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (added.has(label) || metric === undefined) continue
      const values = metric.labels.get(label)
      if (values === undefined) problems.push(`${name} has no label ${label}`)
      const given = operator.includes('~') ? value.split('|') : [value]
      for (const each of given)
        if (values != null && !each.startsWith('$') && !values.has(each))
          problems.push(`${name}: ${label} is never ${each}`)
    }
  }
  for (const [, by = ''] of expression.matchAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g))
    for (const label of by.split(',').map((text) => text.trim()))
      if (!labels.has(label) && !added.has(label)) problems.push(`nothing in it has the label ${label}`)
  return problems
}
