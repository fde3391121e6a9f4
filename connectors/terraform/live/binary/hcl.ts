/**
 * Reads the part of HCL that Terraform's lock file and its CLI configuration are written in: blocks with labels, and attributes that are texts,
 * numbers, truth values and lists of these; objects are passed over. No expressions, no templates.
 */

export type HclValue = string | number | boolean | null | readonly HclValue[]

export interface HclBody {
  readonly attributes: ReadonlyMap<string, HclValue>
  readonly blocks: readonly HclBlock[]
}

export interface HclBlock {
  readonly type: string
  readonly labels: readonly string[]
  readonly body: HclBody
}

interface Token {
  readonly kind: 'text' | 'word' | 'sign' | 'end'
  readonly text: string
  readonly line: number
}

const lexer = /(\s+|#.*|\/\/.*|\/\*[\s\S]*?\*\/)|("(?:[^"\\\n]|\\.)*")|([\w.*+-]+)|([{}[\]=,:])/y

function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let line = 1
  lexer.lastIndex = 0
  for (let at = 0; at < source.length; at = lexer.lastIndex) {
    lexer.lastIndex = at
    const [all = '', , text, word, sign] = lexer.exec(source) ?? []
    if (all === '') throw new SyntaxError(`line ${line} is not understood`)
    if (text !== undefined) tokens.push({ kind: 'text', text: unescapeText(text, line), line })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, line })
    line += all.split('\n').length - 1
  }
  return [...tokens, { kind: 'end', text: '', line }]
}

/** HCL's escapes of a text are JSON's and `\UNNNNNNNN`, which no path and no hash has. */
function unescapeText(text: string, line: number): string {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError(`line ${line} has a text of an unknown form`)
  }
}

/** @throws SyntaxError with the line, and nothing of what stands there */
export function parseHcl(source: string): HclBody {
  const tokens = tokensOf(source)
  let at = 0
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '', line: 0 }
  const isNext = (sign: string): boolean => peek().kind === 'sign' && peek().text === sign
  const wrong = (): SyntaxError => new SyntaxError(`line ${peek().line} is not understood`)

  function take(sign?: string): Token {
    if (sign === undefined ? peek().kind === 'end' : !isNext(sign)) throw wrong()
    const token = peek()
    at++
    return token
  }

  function body(isWhole: boolean): HclBody {
    const attributes = new Map<string, HclValue>()
    const blocks: HclBlock[] = []
    while (isWhole ? peek().kind !== 'end' : !isNext('}')) {
      const name = take()
      if (name.kind === 'sign') throw wrong()
      if (isNext('=') || isNext(':')) {
        take()
        attributes.set(name.text, value())
        if (isNext(',')) take()
      } else blocks.push(block(name.text))
    }
    return { attributes, blocks }
  }

  function block(type: string): HclBlock {
    const labels: string[] = []
    while (!isNext('{')) {
      if (peek().kind === 'sign') throw wrong()
      labels.push(take().text)
    }
    take('{')
    const inner = body(false)
    take('}')
    return { type, labels, body: inner }
  }

  function value(): HclValue {
    if (isNext('{')) return object()
    if (!isNext('[')) return scalar(take())
    take('[')
    const list: HclValue[] = []
    while (!isNext(']')) {
      list.push(value())
      if (!isNext(']')) take(',')
    }
    take(']')
    return list
  }

  /** Objects say nothing that is asked for here. */
  function object(): null {
    take('{')
    body(false)
    take('}')
    return null
  }

  function scalar({ kind, text }: Token): HclValue {
    if (kind === 'text') return text
    if (kind === 'sign') throw wrong()
    if (text === 'true' || text === 'false') return text === 'true'
    if (text === 'null') return null
    const number = Number(text)
    if (Number.isNaN(number)) throw wrong()
    return number
  }

  return body(true)
}
