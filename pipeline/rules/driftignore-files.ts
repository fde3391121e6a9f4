import { statSync } from 'node:fs'
import path from 'node:path'
import { parseWhere } from '../../connectors/terraform/where.ts'
import { parseScope, splitScope } from '../../model/scope.ts'
import type { Config } from '../config/schema.ts'

const fileName = '.driftignore'

/** A place where a `.driftignore` may lie, and the scopes that it speaks of. */
export interface DriftIgnorePlace {
  readonly path: string
  /** As messages name it. */
  readonly file: string
  covers(scope: string): boolean
}

/** Beside the states that sources read, the innermost folder first, then in the folder that vaino is started in, which covers all. */
export function driftIgnorePlaces({ sources }: Pick<Config, 'sources'>, folder: string): DriftIgnorePlace[] {
  const ofSources = sources.flatMap(({ kind, where }): DriftIgnorePlace[] => {
    if (kind !== 'terraform' || /^[a-z][a-z0-9+.-]*:\/\//i.test(where)) return []
    const parsed = parseWhere(where)
    if (parsed.kind !== 'path' || parsed.name === '.') return []
    const isFolder = statSync(parsed.path, { throwIfNoEntry: false })?.isDirectory() ?? false
    const isGlob = !isFolder && /[*?{[]/.test(parsed.name)
    if (isGlob) return []
    const home = isFolder ? parsed.path : path.dirname(parsed.path)
    const file = path.join(isFolder ? parsed.name : path.dirname(parsed.name), fileName)
    return [{ path: path.join(home, fileName), file, covers: (scope) => isBelow(scope, parsed.name) }]
  })
  const own = path.join(folder, fileName)
  return [
    ...ofSources.filter((place) => place.path !== own).sort((a, b) => b.path.length - a.path.length),
    { path: own, file: fileName, covers: () => true },
  ]
}

function isBelow(scope: string, name: string): boolean {
  const { provider, account } = splitScope(parseScope(scope))
  return provider === 'terraform' && account !== null && (account === name || account.startsWith(`${name}/`))
}
