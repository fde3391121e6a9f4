import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { runGo } from '../go.ts'
import { needs, repository } from '../lanes.ts'
import { documentedMetrics, unknownIn } from './metrics-page.ts'

const file = path.join(repository, 'deploy/grafana/vaino.json')
const text = readFileSync(file, 'utf8')
const panel = z.object({
  id: z.number(),
  title: z.string(),
  type: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z
    .array(z.object({ expr: z.string(), datasource: z.object({ uid: z.string().regex(/^\$\{datasource\}$/) }) }))
    .default([]),
})
const dashboard = z.object({
  panels: z.array(panel),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
})
const { panels, templating } = dashboard.parse(JSON.parse(text))

test('every panel asks for metrics and labels that vaino exports', () => {
  const metrics = documentedMetrics()
  const problems = panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ expr }) => unknownIn(expr, metrics).map((problem) => `${title}: ${problem}`)),
  )
  expect(problems).toEqual([])
  expect(panels.filter(({ type, targets }) => type !== 'row' && targets.length === 0)).toEqual([])
})

test('panels have ids of their own, lie beside each other, and use variables that are there', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => ({
      title,
      cell: `${x + (at % w)},${y + Math.floor(at / w)}`,
      isIn: x + w <= 24,
    })),
  )
  expect(new Set(cells.map(({ cell }) => cell)).size).toBe(cells.length)
  expect(cells.filter(({ isIn }) => !isIn)).toEqual([])
  const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('__'))
  expect([...new Set(used)].toSorted()).toEqual(templating.list.map(({ name }) => name).toSorted())
})

test.skipIf(needs.go.found === null)(
  "it is a dashboard as Grafana's own schema has it",
  () => {
    const checker = path.join(repository, 'test/monitoring/dashboard')
    expect(runGo(checker, ['run', '.', file], 240_000)).toBe('')
    const folder = mkdtempSync(path.join(tmpdir(), 'vaino-dashboard-'))
    try {
      const broken = path.join(folder, 'broken.json')
      writeFileSync(broken, text.replace('"timeseries"', '"timeseries", "unheardOf": 1'))
      expect(() => runGo(checker, ['run', '.', broken], 240_000)).toThrow("unexpected field 'unheardOf'")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  300_000,
)
