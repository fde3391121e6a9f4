import { widthOf } from './terminal.ts'

/** A few lines at the bottom of a terminal that are redrawn in place; messages meanwhile scroll by above them. */
export interface LiveBlock extends Disposable {
  /** Writes whole lines above the block, where they stay. */
  above(text: string): void
  draw(lines: readonly string[]): void
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearBelow = '\u001b[J'

export function createLiveBlock(stream: NodeJS.WriteStream): LiveBlock {
  let lines: readonly string[] = []
  let columns = stream.columns || 80
  let drawn = false

  // A terminal that became narrower has broken the lines of the block anew.
  const rowsDrawn = () =>
    lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(plain(line)) / (stream.columns || columns))), 0)
  const erased = () => (drawn && lines.length > 0 ? `\r\u001b[${rowsDrawn()}A${clearBelow}` : '')
  const block = () => lines.map((line) => `${line}\n`).join('')
  const restore = () => {
    if (drawn) stream.write(showCursor)
    drawn = false
  }
  // However the process ends, the cursor must be there again.
  process.on('exit', restore)

  return {
    above(text) {
      stream.write(`${erased()}${text}${block()}`)
    },
    draw(next) {
      const isSame = drawn && columns === (stream.columns || 80) && next.join('\n') === lines.join('\n')
      if (isSame) return
      const before = erased()
      lines = next
      stream.write(`${drawn ? '' : hideCursor}${before}${block()}`)
      drawn = true
      columns = stream.columns || 80
    },
    [Symbol.dispose]() {
      stream.write(erased())
      lines = []
      restore()
      process.off('exit', restore)
    },
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours that paint() puts in
const colors = /\u001b\[\d+m/g
const plain = (text: string): string => text.replace(colors, '')
