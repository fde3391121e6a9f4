import { importsOf } from './imports.ts'
import type { SourceFile, Violation } from './tree.ts'

/** Every import circle, types included: neither of its files can be read, tested or moved without the others. */
export function circleViolations(files: readonly SourceFile[]): Violation[] {
  const importsByPath = new Map(
    files
      .filter(({ path }) => /\.(tsx?|mjs|js)$/.test(path))
      .map((file) => [
        file.path,
        importsOf(file)
          .filter(({ isOurs }) => isOurs)
          .map(({ target }) => target),
      ]),
  )
  const finished = new Set<string>()
  const found: Violation[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const circle = [...trail.slice(start), path].join(' → ')
      found.push({ path, problem: `imports itself: ${circle}; move what both need to a file of its own` })
      return
    }
    if (finished.has(path)) return
    for (const target of new Set(importsByPath.get(path))) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of importsByPath.keys()) visit(path, [])
  return found
}
