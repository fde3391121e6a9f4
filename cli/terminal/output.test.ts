import { expect, test } from 'bun:test'
import { parse } from 'yaml'
import { parseJson } from '../../model/json.ts'
import { changeText } from './change-text.ts'
import { type Format, type Page, type View, writeList, writeOne } from './output.ts'
import { createPaint, fit, pad, printable, widthOf } from './terminal.ts'

interface Thing {
  readonly name: string
  readonly size: number
}
const view: View<Thing> = {
  columns: [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'SIZE', of: ({ size }) => String(size), align: 'right' },
  ],
  empty: 'nothing here',
}

/** Writes things and returns what came out. */
async function listed(
  things: readonly Thing[],
  format: Format,
  columns?: number,
  shown = view,
): Promise<{ out: string; notes: string[] }> {
  let out = ''
  const notes: string[] = []
  const page: Page = {
    format,
    terminal: {
      isTerminal: columns !== undefined,
      paint: createPaint(false),
      columns: () => columns ?? Number.POSITIVE_INFINITY,
    },
    write: async (text) => {
      out += text
    },
    note: (text) => void notes.push(text),
  }
  await writeList(things, shown, page)
  return { out, notes }
}

const things = [
  { name: 'a', size: 1 },
  { name: 'long one', size: 1000 },
]

test('a table has aligned columns', async () => {
  expect((await listed(things, 'table')).out).toBe('NAME      SIZE\na            1\nlong one  1000\n')
})

test('every other format can be read back', async () => {
  expect(JSON.parse((await listed(things, 'json')).out)).toEqual(things)
  expect(
    (await listed(things, 'ndjson')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(things)
  expect(parse((await listed(things, 'yaml')).out)).toEqual(things)
  expect((await listed(things, 'markdown')).out).toBe(
    '| NAME | SIZE |\n| --- | ---: |\n| a | 1 |\n| long one | 1000 |\n',
  )
})

test('nothing is an empty list for programs and a note for people', async () => {
  expect(await listed([], 'json')).toEqual({ out: '[]\n', notes: [] })
  expect(await listed([], 'yaml')).toEqual({ out: '[]\n', notes: [] })
  expect(await listed([], 'ndjson')).toEqual({ out: '', notes: [] })
  expect(await listed([], 'table')).toEqual({ out: '', notes: ['nothing here'] })
})

test('a table fits a narrow terminal: the widest column gives way', async () => {
  const { out } = await listed([{ name: 'x'.repeat(200), size: 7 }], 'table', 40)
  expect(Math.max(...out.split('\n').map(widthOf))).toBeLessThanOrEqual(40)
  expect(out).toContain('…')
  expect((await listed([{ name: 'x'.repeat(200), size: 7 }], 'table')).out).toContain('x'.repeat(200))
})

test('what people copy is whole on a narrow terminal, and what is to be known of a row stands below it', async () => {
  const keyed: View<Thing> = {
    columns: [...view.columns, { title: 'KEY', of: ({ name }) => `${name}/end`, isWhole: true }],
    empty: '',
    below: { title: 'REMARK', of: ({ size }) => (size > 1 ? ['large', 'make it smaller'] : []) },
  }
  const { out } = await listed(
    [
      { name: 'x'.repeat(30), size: 7 },
      { name: 'y', size: 1 },
    ],
    'table',
    60,
    keyed,
  )
  expect(out).toMatch(/x…\s+7 {2}x{30}\/end\n {4}large\n {4}make it smaller\ny\s+1 {2}y\/end\n$/)
  expect((await listed(things, 'markdown', undefined, keyed)).out).toContain(
    '| NAME | SIZE | KEY | REMARK |\n| --- | ---: | --- | --- |\n| a | 1 | a/end |  |\n| long one | 1000 | long one/end | large; make it smaller |\n',
  )
})

test('of many rows the first ones set the widths, and none is lost', async () => {
  const many = Array.from({ length: 1200 }, (_, at) => ({
    name: at === 1100 ? 'a much wider name' : `n${at}`,
    size: at,
  }))
  const { out } = await listed(many, 'table')
  expect(out.trim().split('\n')).toHaveLength(1201)
  expect(out).toContain('a much wider name  1100')
})

test('a line of a table does not end in spaces', async () => {
  const last: View<Thing> = {
    ...view,
    columns: [...view.columns, { title: 'REMARK', of: ({ name }) => name.slice(1) }],
  }
  expect((await listed(things, 'table', undefined, last)).out).not.toMatch(/ $/m)
})

test('a field that came or went says so, whatever its length', () => {
  const fields = [
    { path: 'came', pointer: '/came', op: 'add' as const, before: null, after: 1 },
    { path: 'went', pointer: '/went', op: 'remove' as const, before: 'x'.repeat(200), after: null },
  ]
  const change = { op: 'u' as const, key: 'k' as never, recorded_at: '2026-11-23T12:00:00.123Z', fields }
  const text = changeText(change, { isTerminal: false, paint: createPaint(false), columns: () => 80 })
  expect(text).toMatch(/^2026-11-23T12:00:00Z {2}~ k\n {4}came {2}added 1\n {4}went {2}removed "x+…\n$/)
})

test('what a provider wrote can not steer a terminal', async () => {
  const evil = 'x\u001b[2J\u0007\u009b31m\ny'
  expect(printable(evil)).toBe('x\\x1b[2J\\x07\\x9b31m\\ny')
  const { out } = await listed([{ name: evil, size: 1 }], 'table', 80)
  expect(out).not.toContain('\u001b')
  expect((await listed([{ name: 'a|b', size: 1 }], 'markdown')).out).toContain('a\\|b')
  const change = {
    op: 'u' as const,
    key: `k${evil}` as never,
    fields: [{ path: evil, pointer: '/x', op: 'replace' as const, before: evil, after: 1 }],
  }
  expect(changeText(change, { isTerminal: true, paint: createPaint(false), columns: () => 80 })).not.toContain('\u001b')
})

test('numbers that a double can not hold come out as they came in', async () => {
  const value = parseJson('{"n":9007199254740993,"m":1.5}')
  const written = async (format: Format) => {
    let out = ''
    const terminal = { isTerminal: false, paint: createPaint(false), columns: () => 80 }
    const write = async (text: string) => {
      out += text
    }
    await writeOne(value, () => '', { format, terminal, write, note: () => {} })
    return out
  }
  expect(await written('ndjson')).toBe('{"n":9007199254740993,"m":1.5}\n')
  expect(await written('json')).toContain('9007199254740993')
  expect(await written('yaml')).toBe('n: 9007199254740993\nm: 1.5\n')
})

test('wide characters take two columns', () => {
  expect([widthOf('abc'), widthOf('日本'), widthOf('ä'), widthOf('👍')]).toEqual([3, 4, 1, 2])
  expect(fit('日本語', 4)).toBe('日…')
  expect(pad('日', 4)).toBe('日  ')
})
