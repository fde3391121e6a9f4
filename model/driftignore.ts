import { compileGoPattern, type Glob } from './glob.ts'

/** A line of a `.driftignore` that says something, compiled. */
interface Line {
  readonly place: string
  /** `!…` takes back what an earlier line ignores. */
  readonly takesBack: boolean
  readonly globs: readonly Glob[]
}

/** What a `.driftignore` ignores, as driftctl reads one. */
export interface DriftIgnore {
  /** The line that ignores a resource, as `FILE:LINE`; null where none does. @param id as the cloud names it */
  resource(type: string, id: string): string | null
  /** The line that ignores one field of it; whole resources included. @param path `tags.team`, `ingress.0.cidr_blocks` */
  field(type: string, id: string, path: string): string | null
}

/**
 * **Reads a `.driftignore`.** A line is a pattern for `type.id` or `type.id.path.to.field`; it also covers everything below,
 * after a dot. `*` is any run of characters, slashes included, `\` escapes, `!` takes back, `#` at the beginning comments. The last
 * line that matches decides, and one that is no pattern matches nothing, both as in driftctl.
 * @param file how messages name it
 */
export function parseDriftIgnore(text: string, file: string): DriftIgnore {
  const lines = text.split(/\r?\n/).flatMap((line, at) => readLine(line, `${file}:${at + 1}`))
  lines.reverse()
  const decide = (name: string): string | null => {
    const line = lines.find(({ globs }) => globs.some((glob) => glob(name)))
    return line === undefined || line.takesBack ? null : line.place
  }
  return {
    resource: (type, id) => decide(`${type}.${id}`),
    field: (type, id, path) => decide(`${type}.${id}.${path}`),
  }
}

function readLine(text: string, place: string): Line[] {
  if (text.replaceAll(' ', '') === '' || text.startsWith('#')) return []
  const takesBack = text.startsWith('!')
  const trimmed = text.endsWith('\\ ') ? text : text.replace(/ +$/, '')
  const pattern = takesBack ? trimmed.slice(1) : trimmed
  const patterns = text.endsWith('*') ? [pattern] : [pattern, `${pattern}.*`]
  const globs = patterns.flatMap((each) => compileGoPattern(each) ?? [])
  return globs.length === 0 ? [] : [{ place, takesBack, globs }]
}
