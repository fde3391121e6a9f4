import { z } from 'zod'
import { importsOf } from './imports.ts'
import type { SourceFile, Violation } from './tree.ts'

const packageSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
})

/** What is used as a command or by the compiler, never imported. */
const neverImported = new Set(['bun', 'bun-types', 'deno', 'typescript', '@biomejs/biome'])

/** Every package is one exact version, is used, and has its reason in docs/DECISIONS.md. */
export function dependencyViolations(files: readonly SourceFile[]): Violation[] {
  const text = (path: string) => files.find((file) => file.path === path)?.text ?? ''
  const { dependencies, devDependencies } = packageSchema.parse(JSON.parse(text('package.json')))
  const decisions = text('docs/DECISIONS.md')
  const code = files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path))
  const imported = new Set(code.flatMap((file) => importsOf(file).map(({ target }) => target)))
  return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => [
    ...(decisions.includes(`\`${name}\``)
      ? []
      : [{ path: 'docs/DECISIONS.md', problem: `says nothing of \`${name}\`` }]),
    ...(/^\d+\.\d+\.\d+/.test(version)
      ? []
      : [{ path: 'package.json', problem: `${name} ${version} is no exact version` }]),
    ...(imported.has(name) || neverImported.has(name)
      ? []
      : [{ path: 'package.json', problem: `${name} is imported nowhere` }]),
  ])
}
