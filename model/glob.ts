/** One part of a pattern: a text as it is, any run of characters, or one character of a kind. */
type Part = { readonly text: string } | 'run' | ((character: string) => boolean)

/** Whether a whole text matches; linear in the text for each `*`, so that no pattern can take long. */
export type Glob = (text: string) => boolean

/**
 * `*` is any run of characters, `?` is one, `\` takes the next one as it is; everything else stands for itself, so that
 * addresses with brackets and scopes with slashes are written as they are.
 */
export function compileGlob(pattern: string): Glob {
  const parts: Part[] = []
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string
    if (character === '*') parts.push('run')
    else if (character === '?') parts.push(anyCharacter)
    else if (character === '\\' && at + 1 < characters.length) parts.push({ text: characters[++at] as string })
    else parts.push({ text: character })
  }
  return matcherOf(parts)
}

/**
 * A pattern of Go's `filepath.Match`, which is what a line of a `.driftignore` is: beside `*`, `?` and `\` it has classes such
 * as `[a-z]` and `[^x]`. A malformed one matches nothing: `null`.
 */
export function compileGoPattern(pattern: string): Glob | null {
  const characters = [...pattern]
  const parts: Part[] = []
  let at = 0
  while (at < characters.length) {
    const character = characters[at++] as string
    if (character === '*') parts.push('run')
    else if (character === '?') parts.push(anyCharacter)
    else if (character === '\\') {
      const escaped = characters[at++]
      if (escaped === undefined) return null
      parts.push({ text: escaped })
    } else if (character === '[') {
      const found = readClass(characters, at)
      if (found === null) return null
      parts.push(found.holds)
      at = found.end
    } else parts.push({ text: character })
  }
  return matcherOf(parts)
}

const anyCharacter = () => true

function readClass(characters: readonly string[], start: number): { holds: Glob; end: number } | null {
  let at = start
  const negated = characters[at] === '^'
  if (negated) at++
  const ranges: [low: string, high: string][] = []
  const one = (): string | null => {
    const character = characters[at++]
    if (character === undefined || character === '-' || character === ']') return null
    return character === '\\' ? (characters[at++] ?? null) : character
  }
  // A `]` right at the beginning is malformed in Go: a class has at least one range.
  do {
    const low = one()
    if (low === null) return null
    let high: string | null = low
    if (characters[at] === '-') {
      at++
      high = one()
      if (high === null) return null
    }
    ranges.push([low, high])
  } while (characters[at] !== ']' && at < characters.length)
  if (characters[at] !== ']') return null
  const within = (character: string) =>
    ranges.some(([low, high]) => codeOf(character) >= codeOf(low) && codeOf(character) <= codeOf(high))
  return { holds: (character) => within(character) !== negated, end: at + 1 }
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0

function matcherOf(parts: readonly Part[]): Glob {
  // Most patterns are one text, or a text at one end.
  if (parts.every((part) => typeof part === 'object')) {
    const whole = textOf(parts)
    return (text) => text === whole
  }
  if (parts.length === 1 && parts[0] === 'run') return () => true
  // Most texts differ in the beginning, which is seen without taking them apart.
  const beginning = textOf(
    parts.slice(
      0,
      parts.findIndex((part) => typeof part !== 'object'),
    ),
  )
  return (text) => text.startsWith(beginning) && matches(parts, [...text])
}

const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === 'object' ? part.text : '')).join('')

/** Goes back to the last `*` only: an earlier one can't help where a later one doesn't. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let at = 0
  let next = 0
  let run = -1
  let resume = 0
  while (next < text.length) {
    const part = parts[at]
    if (part === 'run') {
      run = at++
      resume = next
    } else if (part !== undefined && holds(part, text[next] as string)) {
      at++
      next++
    } else if (run >= 0) {
      at = run + 1
      next = ++resume
    } else return false
  }
  while (parts[at] === 'run') at++
  return at === parts.length
}

const holds = (part: Exclude<Part, 'run'>, character: string): boolean =>
  typeof part === 'function' ? part(character) : part.text === character
