import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { missingLine, runnableBlocks } from './blocks.ts'
import { runPage } from './session.ts'

const fence = '```'
const page = (...blocks: [string, string][]) =>
  blocks.map(([mark, body]) => `text\n\n${fence}${mark}\n${body}\n${fence}\n`).join('\n')

async function run(text: string): Promise<void> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'root-'))
  mkdirSync(path.join(root, 'examples'))
  writeFileSync(path.join(root, 'examples/a.txt'), 'example\n')
  writeFileSync(
    path.join(root, 'server.mjs'),
    `import http from 'node:http'
     const [host, port] = process.env.VAINO_LISTEN.split(':')
     const server = http.createServer((_, answer) => answer.end('hello\\n'))
     server.listen(Number(port), host, () => console.error('vaino: listening on http://' + host + ':' + server.address().port))`,
  )
  try {
    await runPage(root, 'page.md', runnableBlocks(text))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

test('only marked blocks are run, and an unknown mark is refused', () => {
  const text = page(
    ['sh', 'no'],
    ['sh test', 'a'],
    ['text output', 'A\n\nB'],
    ['json', '{}'],
    ['sh test exit=1', 'b'],
    ['sh test background', 'c'],
  )
  expect(runnableBlocks(text)).toEqual([
    { line: 9, script: 'a\n', kind: 'run', exitCode: 0, output: ['A', 'B'] },
    { line: 29, script: 'b\n', kind: 'run', exitCode: 1, output: [] },
    { line: 35, script: 'c\n', kind: 'background', exitCode: 0, output: [] },
  ])
  for (const mark of ['sh tset', 'sh test exit=x', 'sh test stream exit=1', 'json output'])
    expect(() => runnableBlocks(page([mark, 'x']))).toThrow('is no mark that is known')
  expect(() => runnableBlocks(page(['text output', 'x']))).toThrow('output of nothing')
})

test('expected lines must stand in the output in their order, with … for what varies', () => {
  expect(missingLine(['a … z', 'b'], 'x\na 1 2 z\ny\nb\n')).toBeNull()
  expect(missingLine(['b', 'a … z'], 'a 1 z\nb\n')).toBe('a … z')
  expect(missingLine(['a.c'], 'abc')).toBe('a.c')
  expect(missingLine(['two   words'], '  two words here')).toBeNull()
})

test('blocks of a page share a folder that has the examples, and what they write is gone afterwards', async () => {
  await run(
    page(
      ['sh test', 'cat examples/a.txt > b.txt; echo done'],
      ['text output', 'done'],
      ['sh test', 'grep -q example b.txt'],
    ),
  )
})

test('a wrong exit code, a missing line and a command that fails in between are reported with page and line', async () => {
  await expect(run(page(['sh test', 'true'], ['sh test', 'false\ntrue']))).rejects.toThrow(
    'page.md:9: ended with code 1 instead of 0',
  )
  await expect(run(page(['sh test exit=1', 'true']))).rejects.toThrow('ended with code 0 instead of 1')
  await expect(run(page(['sh test', 'echo a'], ['text output', 'b']))).rejects.toThrow('did not print "b"')
})

test('a server runs beside the rest of the page, at whatever port it got', async () => {
  await run(
    page(
      ['sh test background', 'exec node server.mjs'],
      ['text output', 'vaino: listening on http://127.0.0.1:8420'],
      ['sh test', 'curl -s http://127.0.0.1:8420/'],
      ['text output', 'hello'],
      ['sh test stream', 'while true; do curl -s http://localhost:8420/; sleep 0.05; done'],
      ['text output', 'hello\nhello'],
    ),
  )
  await expect(run(page(['sh test background', 'echo no; exit 3']))).rejects.toThrow(
    'it ended (code 3) without line "listening on"',
  )
})
