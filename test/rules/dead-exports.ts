import { codeOnly } from './code-only.ts'
import { importsOf } from './imports.ts'
import { isShipped, lineAt, type SourceFile, type Violation } from './tree.ts'

/** Values that only a test imports, and why they are kept. */
const excepted: Readonly<Record<string, string>> = {
  'model/rules-drift.ts#judgeDrift': 'what drift is ignored, how bad it is and whose: for the view of drift',
  'model/rules.ts#noRules': 'the rules of a server that is given none',
  'cli/reference-page.ts#referencePage': 'its test writes and checks docs/cli.md',
  'cli/man-page.ts#manPage': 'its test writes and checks docs/vaino.1',
  'pipeline/config/reference-page.ts#referencePage': 'its test writes and checks docs/configuration.md',
  'pipeline/telemetry/metrics-page.ts#metricsPage': 'its test writes and checks docs/metrics.md',
  'web/docs/http-page.ts#httpPage': 'its test writes and checks docs/http.md',
  'pipeline/telemetry/partition-gauges.ts#partitionMetricNames': 'compared with docs/metrics.md',
  'pipeline/telemetry/process-gauges.ts#processMetricNames': 'compared with docs/metrics.md',
  'pipeline/telemetry/worker-metrics.ts#workerMetricNames': 'compared with docs/metrics.md',
  'pipeline/engine-options.ts#defaultEngineOptions': 'the options of every engine in the tests',
}

const exportedValue = /^export\s+(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)/gm
/** Files beside the code that only its tests and benches use. */
const supportsTests = (path: string): boolean => /(?:^|\/)(?:test|bench)(?:\/|-[\w-]+\.ts$)|\.test\.ts$/.test(path)

/** Every file that imports a name, by `path#name`; `*` stands for all names of a file. */
function importersOf(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>()
  for (const file of files.filter(({ path }) => /\.(tsx?|mjs|js)$/.test(path)))
    for (const { isOurs, target, names } of importsOf(file))
      for (const name of isOurs ? names : []) {
        const key = `${target}#${name}`
        importers.set(key, [...(importers.get(key) ?? []), file.path])
      }
  return importers
}

/**
 * Exported values that nothing shipped uses, and exports that no other file imports. A test may import what its module
 * uses itself. Types are left out: an export's signature may name one that nobody has to.
 */
export function deadExportViolations(files: readonly SourceFile[]): Violation[] {
  const importers = importersOf(files)
  return files
    .filter((file) => isShipped(file) && !supportsTests(file.path))
    .flatMap((file) => {
      const code = codeOnly(file.text)
      return [...code.matchAll(exportedValue)].flatMap(({ 1: name = '', index }): Violation[] => {
        const key = `${file.path}#${name}`
        const users = [...(importers.get(key) ?? []), ...(importers.get(`${file.path}#*`) ?? [])]
        const isUsedHere = [...code.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1
        const at = { path: file.path, line: lineAt(file.text, index) }
        if (users.length === 0) return [{ ...at, problem: `nobody imports ${name}` }]
        if (users.every(supportsTests) && !isUsedHere && excepted[key] === undefined)
          return [{ ...at, problem: `only tests use ${name}` }]
        return []
      })
    })
}
