const esc = '\u001b'
const beginning = new RegExp(`${esc}(?:\\[[?\\d;]*)?$`)
const part = new RegExp(`${esc}\\[[?\\d;]*[A-Za-z]|[^${esc}]`, 'gu')

/**
 * Just enough of a terminal for tests: what a person would see of it, line by line. Like those of today it breaks lines
 * anew when it is resized, so a line may take several rows.
 */
export class Screen {
  readonly lines: string[] = ['']
  columns: number
  cursorIsShown = true
  isColored = false
  #row = 0
  #column = 0
  #rest = ''

  constructor(columns: number) {
    this.columns = columns
  }

  write(text: string): void {
    const all = this.#rest + text
    // A sequence that this piece cuts in two waits for its end.
    const cut = beginning.exec(all)?.index ?? all.length
    this.#rest = all.slice(cut)
    for (const [each] of all.slice(0, cut).matchAll(part)) this.#take(each)
  }

  #take(each: string): void {
    if (each.startsWith(esc)) this.#control(each.slice(2, -1), each.slice(-1))
    else if (each === '\r') this.#column = 0
    else if (each === '\n') {
      this.#row++
      if (this.lines[this.#row] === undefined) this.lines.push('')
    } else {
      const line = (this.lines[this.#row] ?? '').padEnd(this.#column)
      this.lines[this.#row] = line.slice(0, this.#column) + each + line.slice(this.#column + each.length)
      this.#column += each.length
    }
  }

  #control(parameters: string, command: string): void {
    if (command === 'A') this.#up(Number(parameters || 1))
    else if (command === 'J' || command === 'K') {
      this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column)
      if (command === 'J') this.lines.splice(this.#row + 1)
    } else if (parameters === '?25') this.cursorIsShown = command === 'h'
    else if (command === 'm') this.isColored = true
    else throw new Error(`this terminal does not know CSI ${parameters}${command}`)
  }

  #up(rows: number): void {
    for (let left = rows; left > 0 && this.#row > 0; ) {
      this.#row--
      left -= Math.max(1, Math.ceil((this.lines[this.#row] ?? '').length / this.columns))
    }
  }
}
