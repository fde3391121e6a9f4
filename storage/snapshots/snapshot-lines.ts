import { VainoError } from '../../model/errors.ts'
import { JsonElementSplitter } from '../../model/json-elements.ts'
import type { Json } from '../../model/resource.ts'
import { FieldFinder } from './field-finder.ts'
import { KeyReader, parseElement } from './resource-key.ts'
import type { ResourceReader, ResourceVisitor, SnapshotHeader } from './resource-visitor.ts'

const [opAt, keyAt, resourceAt] = [0, 1, 2] as const
const put = new TextEncoder().encode('"put"')
const openBrace = 0x7b

/**
 * Reads what `GET /v1/snapshot` answers: lines `{"op":"put","key",…,"resource":{…}}` and a last line
 * `{"control":"snapshot-end","cursor","count"}`, without which the answer was cut off.
 */
export class LineReader implements ResourceReader {
  readonly #splitter: JsonElementSplitter
  readonly #path: string
  readonly #visitor: ResourceVisitor | null
  readonly #fields = new FieldFinder(['op', 'key', 'resource'])
  readonly #key = new KeyReader()
  #resources = 0
  #end: { cursor: string | null; count: Json | undefined } | null = null

  constructor(path: string, visitor: ResourceVisitor | null) {
    this.#path = path
    this.#visitor = visitor
    this.#splitter = new JsonElementSplitter(
      { name: path, array: null },
      { element: (bytes, start, end, offset) => this.#line(bytes, start, end, offset) },
    )
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk)
  }

  end(): SnapshotHeader {
    this.#splitter.end()
    if (this.#end === null) this.#fail('', 'the last line, {"control":"snapshot-end",…}, is missing: it is cut off')
    const { cursor, count } = this.#end
    if (count !== this.#resources)
      this.#fail('', `its last line counts ${count} resources, it holds ${this.#resources}`)
    return { id: null, timestamp: null, provider: null, cursor, resources: this.#resources }
  }

  #line(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#end !== null) this.#fail(`byte ${offset}: `, 'more after the line that says it is the last')
    const { starts, ends } = this.#fields
    const { marks, markCount } = this.#splitter
    const resource = () => starts[resourceAt] ?? -1
    if (
      !this.#fields.find(bytes, start, end, marks, markCount) ||
      !equal(bytes, starts[opAt] ?? -1, put) ||
      (starts[keyAt] ?? -1) < 0 ||
      bytes[resource()] !== openBrace
    ) {
      this.#other(parseElement(bytes.subarray(start, end), `${this.#path}: byte ${offset}`), offset)
      return
    }
    this.#resources++
    if (this.#visitor === null) return
    const key = parseElement(bytes.subarray(starts[keyAt], ends[keyAt]), `${this.#path}: byte ${offset}`)
    if (typeof key !== 'string') this.#fail(`byte ${offset}: `, '"key" is not a text')
    this.#key.set(key)
    this.#visitor.resource(this.#key, bytes, resource(), ends[resourceAt] ?? 0, offset + resource() - start)
  }

  #other(line: Json, offset: number): void {
    const fields = line as { [name: string]: Json }
    const incremental = 'an incremental snapshot (since=), which is no whole state'
    if (fields.control === 'snapshot-end') {
      if (fields.since !== undefined) this.#fail(`byte ${offset}: `, incremental)
      this.#end = { cursor: typeof fields.cursor === 'string' ? fields.cursor : null, count: fields.count }
    } else if (fields.control === 'error') {
      const { detail } = fields.problem as { detail?: Json }
      this.#fail(`byte ${offset}: `, `the server could not go on: ${detail}`)
    } else if (fields.op === 'delete') {
      this.#fail(`byte ${offset}: `, `a delete: this is ${incremental}`)
    } else {
      this.#fail(`byte ${offset}: `, 'expected {"op":"put","key",…,"resource":{…}}')
    }
  }

  #fail(where: string, what: string): never {
    throw new VainoError('bad_input', `${this.#path}: ${where}${what}`, {
      hint: 'Expected the whole answer of GET /v1/snapshot.',
    })
  }
}

const equal = (bytes: Uint8Array, at: number, text: Uint8Array): boolean =>
  at >= 0 && text.every((byte, i) => bytes[at + i] === byte)
