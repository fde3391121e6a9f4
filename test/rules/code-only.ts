/** A slash begins a regular expression after one of these, and divides after anything else. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\n>]|\breturn|\btypeof|\bcase)\s*$/
const regexLiteral = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y
/** A comment or a text. */
const literal = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])+/y
/** What can't begin any of them. */
const plainCode = /[^'"`/{}]+/y

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** Where a comment, a text or a regular expression that begins here ends; -1 where none begins. */
function literalEnd(text: string, at: number): number {
  const end = endOf(literal, text, at)
  if (end >= 0 || text[at] !== '/') return end
  return beforeRegex.test(text.slice(Math.max(0, at - 40), at)) ? endOf(regexLiteral, text, at) : -1
}

/**
 * TypeScript with its comments, texts and regular expressions blanked, lines and columns as they were; what stands in the
 * `${}` of a template stays. A scanner, not a parser: good enough to find words in code that Biome has formatted.
 */
export function codeOnly(text: string): string {
  let code = ''
  let at = 0
  // What each open brace belongs to: the end of a template's substitution is the template's text again.
  const braces: ('code' | 'template')[] = []
  let isTemplate = false
  const take = (end: number, isCode: boolean) => {
    const part = text.slice(at, end)
    code += isCode ? part : blank(part)
    at = end
  }
  while (at < text.length) {
    if (isTemplate) {
      take(Math.max(at, endOf(templateText, text, at)), false)
      isTemplate = false
      if (text[at] === '$') {
        braces.push('template')
        take(at + 2, false)
      } else take(at + 1, false)
      continue
    }
    const plain = endOf(plainCode, text, at)
    if (plain > at) {
      take(plain, true)
      continue
    }
    const character = text[at]
    if (character === '{') braces.push('code')
    if (character === '`' || (character === '}' && braces.pop() === 'template')) {
      isTemplate = true
      take(at + 1, false)
      continue
    }
    const end = literalEnd(text, at)
    take(end > at ? end : at + 1, end <= at)
  }
  return code
}
