import { isNode, isScalar, LineCounter, type Node, type ParsedNode, parseDocument, visit, type YAMLError } from 'yaml'
import { messageOf } from '../../model/errors.ts'

/** A YAML document that was read, or why it can't be. */
export interface YamlText {
  readonly contents: Node | null
  /** Undefined where there are problems. */
  readonly value: unknown
  /** What is wrong, with the offset in UTF-16 units at which it stands. */
  readonly problems: readonly { readonly offset: number; readonly message: string }[]
  /** Line and column of an offset, both from 1. */
  readonly position: (offset: number) => { readonly line: number; readonly col: number }
}

/** Times that aliases may repeat what they name, all together. */
const maxAliases = 100

/** What the library says of a text with two documents names a function of its own. */
const messages: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second YAML document begins here, after `---`; a configuration is one document',
}

const mergeKey =
  '`<<` merges keys in YAML 1.1 only, and a configuration is YAML 1.2; write out the keys that are meant to be taken over'

/** **Reads one YAML 1.2 document**, with every problem in words for its author. It never throws. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const problems = document.errors.map(({ code, pos, message }) => ({
    offset: pos[0],
    message: messages[code] ?? message,
  }))
  const add = (node: unknown, message: string) => {
    problems.push({ offset: (node as ParsedNode).range?.[0] ?? 0, message })
  }
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '<<') add(key, mergeKey)
    },
    Alias(_, node, path) {
      // Finding what an alias names walks through the whole document, so only those within the same anchor are asked.
      const isWithin = path.some((outer) => isNode(outer) && 'anchor' in outer && outer.anchor === node.source)
      const meant = isWithin ? node.resolve(document) : undefined
      if (meant !== undefined && path.includes(meant)) add(node, `*${node.source} stands within what it names`)
    },
  })
  let value: unknown
  try {
    if (problems.length === 0) value = document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    const isAliases = error instanceof ReferenceError
    const message = isAliases ? `aliases repeat what they name more than ${maxAliases} times` : messageOf(error)
    problems.push({ offset: 0, message })
  }
  return { contents: document.contents, value, problems, position: (offset) => lines.linePos(offset) }
}
