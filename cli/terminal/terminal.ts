/** Where a command writes, and what it may do there. */
export interface Terminal {
  readonly isTerminal: boolean
  readonly paint: Paint
  /** Columns; `Infinity` where lines are not cut: a file or a pipe. */
  columns(): number
}

type Style = (text: string) => string
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', Style>>

const style =
  (on: boolean, open: number, close: number): Style =>
  (text) =>
    on && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text

export const createPaint = (on: boolean): Paint => ({
  bold: style(on, 1, 22),
  dim: style(on, 2, 22),
  red: style(on, 31, 39),
  green: style(on, 32, 39),
  yellow: style(on, 33, 39),
  cyan: style(on, 36, 39),
})

/** Colours are for terminals, and for those who don't say otherwise (no-color.org). */
export function terminalOf(stream: NodeJS.WriteStream, color: boolean): Terminal {
  const isTerminal = stream.isTTY === true
  const wanted = color && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  return {
    isTerminal,
    paint: createPaint(isTerminal && wanted),
    // A terminal that doesn't say its width reports 0.
    columns: () => (isTerminal ? stream.columns || 80 : Number.POSITIVE_INFINITY),
  }
}

/** Control characters, line separators, and what changes the direction of text or hides in it (bidi controls, zero width). */
const unprintable = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu

/** Text from a provider on one line, its control characters made visible: they must neither steer a terminal nor reorder what it shows. */
export const printable = (text: string): string =>
  text.replace(unprintable, (char) => {
    if (char === '\n') return '\\n'
    if (char === '\t') return '\\t'
    const code = char.charCodeAt(0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
  })

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Columns that text takes on a terminal; East Asian characters and emoji take two. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

/** Cuts to a number of columns; what is left out shows as `…`. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 1
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment)
    if (width > columns) break
    kept += segment
  }
  return `${kept}…`
}

/** As {@link fit}, of a text whose end says more than its beginning. */
export function fitEnd(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 1
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    width += widthOf(segment)
    if (width > columns) break
    kept = segment + kept
  }
  return `…${kept}`
}

export const pad = (text: string, columns: number, side: 'left' | 'right' = 'left'): string => {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return side === 'left' ? text + space : space + text
}
