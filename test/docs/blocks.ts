/** A fenced block of a page that a test runs. */
export interface Block {
  readonly line: number
  readonly script: string
  /**
   * `run`: it ends. `stream`: it goes on; it is ended when its output was seen. `background`: it goes on while the rest of
   * the page runs.
   */
  readonly kind: 'run' | 'stream' | 'background'
  readonly exitCode: number
  /** Lines that its output must have, in this order; `…` stands for anything. */
  readonly output: readonly string[]
}

const fence = /^```([^\n]*)\n([\s\S]*?)^```[ \t]*$/gm
const kinds = ['run', 'stream', 'background'] as const
/** Whose blocks they are: every machine's, or those of a test that has brokers. */
const readers = ['test', 'kafka'] as const

/**
 * The blocks of a page that are marked as runnable, in their order:
 *
 * - ```` ```sh test ```` runs and must end with code 0, ```` ```sh test exit=1 ```` with that code;
 * - ```` ```sh test background ```` stays running (a server);
 * - ```` ```sh test stream ```` would go on for ever (a follower) and is ended when its output was seen;
 * - ```` ```text output ```` right after one of them is what it prints: each line, in order, `…` for what varies.
 *
 * With `kafka` in the place of `test` a block is run by `test/kafka/page.kafka.test.ts`, where there are brokers.
 *
 * @throws Error for a mark that is none of these: a typo must not turn a test off
 */
export function runnableBlocks(page: string, reader: (typeof readers)[number] = 'test'): Block[] {
  const blocks: (Block & { readonly reader: string })[] = []
  for (const match of page.matchAll(fence)) {
    const [language, ...marks] = (match[1] ?? '').trim().split(/\s+/)
    const line = page.slice(0, match.index).split('\n').length
    const body = match[2] ?? ''
    if (language === 'text' && marks.join(' ') === 'output') {
      const last = blocks.pop()
      if (!last) throw new Error(`line ${line}: output of nothing`)
      blocks.push({ ...last, output: body.split('\n').filter((one) => one.trim() !== '') })
    } else if (language === 'sh' && readers.some((one) => one === marks[0])) {
      blocks.push({ line, script: body, ...readMarks(marks.slice(1), line), output: [], reader: marks[0] ?? '' })
    } else if (marks.length > 0) throw new Error(`line ${line}: "${match[1]}" is no mark that is known`)
  }
  return blocks.flatMap(({ reader: whose, ...block }) => (whose === reader ? [block] : []))
}

function readMarks(marks: readonly string[], line: number): Pick<Block, 'kind' | 'exitCode'> {
  const exit = /^exit=(\d+)$/.exec(marks[0] ?? '')
  if (exit && marks.length === 1) return { kind: 'run', exitCode: Number(exit[1]) }
  const kind = marks[0] === undefined ? 'run' : kinds.find((one) => one === marks[0])
  if (kind === undefined || marks.length > 1)
    throw new Error(`line ${line}: "${marks.join(' ')}" is no mark that is known`)
  return { kind, exitCode: 0 }
}

const asPattern = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
      .join('.*'),
  )

/** The first expected line that the output lacks; `null` when all are there in order. */
export function missingLine(expected: readonly string[], output: string): string | null {
  const lines = output.split('\n')
  let at = 0
  for (const line of expected) {
    const found = lines.slice(at).findIndex((one) => asPattern(line).test(one))
    if (found < 0) return line
    at += found + 1
  }
  return null
}
