import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { repository } from '../lanes.ts'
import { circleViolations } from './circles.ts'
import { codeOnly } from './code-only.ts'
import { deadExportViolations } from './dead-exports.ts'
import { declarationsOf } from './declarations.ts'
import { dependencyViolations } from './dependencies.ts'
import { importsOf } from './imports.ts'
import { invariantsFile, invariantViolations } from './invariants.ts'
import { layerViolations, purityViolations } from './layers.ts'
import { anchorOf, linkViolations } from './links.ts'
import { publicTypeViolations, unboundedViolations } from './rxjs.ts'
import { suppressionViolations } from './suppressions.ts'
import { telemetryViolations } from './telemetry-use.ts'
import { describe, readTree, type SourceFile } from './tree.ts'
import { lengthViolations, maxLines, nameViolations, wordViolations } from './words.ts'

// Each rule of rules.test.ts, tried on what it must find and on what it must let be.
const file = (at: string, text: string): SourceFile => ({ path: at, text })
const word = (...parts: string[]) => parts.join('')

test('imports are found whatever their form, and distinguished from types', () => {
  const source = file(
    'pipeline/a/b.ts',
    `import type { A } from '../../model/a.ts'
import { type B, c as d } from './c.ts'
import { type E } from '@scope/name/deep'
import * as all from 'rxjs'
export * from '../e.ts'
import './side-effect.ts'
const later = await import('../later.ts')
new Worker(new URL('../worker.ts', import.meta.url))
import {
  many,
  lines,
} from 'zod'
`,
  )
  expect(importsOf(source).map(({ target, isType, names }) => [target, isType, names.join(' ')])).toEqual([
    ['model/a.ts', true, 'A'],
    ['pipeline/a/c.ts', false, 'B c'],
    ['@scope/name', true, 'E'],
    ['rxjs', false, '*'],
    ['pipeline/e.ts', false, '*'],
    ['zod', false, 'many lines'],
    ['pipeline/a/side-effect.ts', false, '*'],
    ['pipeline/later.ts', false, '*'],
    ['pipeline/worker.ts', false, '*'],
  ])
})

test('code is distinguished from comments, texts, templates and regular expressions', () => {
  const nested = ['`Bun $', '{Bun.c(`$', "{'Bun'}`)} Bun`"].join('')
  const source = `a('Bun') // Bun\n/* Bun\nBun */ b(${nested})\nd = /['"\`Bun]/g.test(e) / Bun / 2\n`
  const code = codeOnly(source)
  expect(code).toHaveLength(source.length)
  expect(code.match(/\bBun\b/g)).toHaveLength(2)
  expect(code.split('\n')).toHaveLength(source.split('\n').length)
  expect(code).toContain('Bun.c(')
  expect(code).toContain('/ Bun / 2')
})

test.each([
  ['model/a.ts', `import { x } from '../storage/x.ts'`, 'model imports storage/x.ts'],
  ['operators/a.ts', `import type { X } from '../storage/x.ts'`, 'operators imports storage/x.ts'],
  ['storage/a.ts', `export * from '../operators/x.ts'`, 'storage imports operators/x.ts'],
  ['connectors/aws/a.ts', `import { x } from '../gcp/x.ts'`, 'a connector imports another: connectors/gcp/x.ts'],
  ['connectors/aws/a.ts', `const x = await import('../../pipeline/x.ts')`, 'connectors imports pipeline/x.ts'],
  ['pipeline/a.ts', `import { x } from '../api/x.ts'`, 'pipeline imports api/x.ts'],
  ['api/a.ts', `import { x } from '../storage/x.ts'`, 'api may import only types of storage: storage/x.ts'],
  ['api/a.ts', `import { Kafka } from 'kafkajs'`, 'kafkajs stays in connectors/kafka/kafkajs/'],
  ['connectors/kafka/a.ts', `import type { Cluster } from 'kafkajs'`, 'kafkajs stays in connectors/kafka/kafkajs/'],
  [
    'connectors/kafka/a.ts',
    `import q from 'kafkajs/src/network/requestQueue/index.js'`,
    'kafkajs stays in connectors/kafka/kafkajs/',
  ],
  [
    'connectors/kafka/fetch/a.ts',
    `import { createKafka } from '../kafkajs/client.ts'`,
    'only connectors/kafka/kafka.ts imports connectors/kafka/kafkajs/client.ts',
  ],
  ['connectors/a.ts', `import { map } from 'rxjs'`, 'rxjs stays in operators/, pipeline/'],
  ['storage/a.ts', `import { Database } from 'bun:sqlite'`, "bun:sqlite is Bun's alone"],
  ['web/a.ts', `import { x } from '../model/x.ts'`, 'web imports model/x.ts'],
])('the layer rule finds %s with %s', (at, text, problem) => {
  expect(layerViolations([file(at, text)]).map((one) => one.problem)).toEqual([problem])
})

test('the layer rule lets be what the layers allow', () => {
  const allowed = [
    file('model/a.ts', `import { x } from './b.ts'`),
    file('connectors/aws/a.ts', `import { x } from '../connector.ts'\nimport { y } from './deep/y.ts'`),
    file('connectors/kafka/kafka.ts', `import { kafkajsPort } from './kafkajs/kafkajs-port.ts'`),
    file('pipeline/a.ts', `import { x } from '../storage/x.ts'\nimport { map } from 'rxjs'`),
    file('api/a.ts', `import type { X } from '../storage/x.ts'\nimport { y } from '../pipeline/y.ts'`),
    file('cli/a.ts', `import { x } from '../api/x.ts'`),
    file('model/a.test.ts', `import { x } from '../pipeline/x.ts'`),
  ]
  expect(layerViolations(allowed)).toEqual([])
})

test('an import circle is found, of types too, and shared imports are none', () => {
  const a = file('api/a.ts', `import type { B } from './b.ts'`)
  const b = file('api/b.ts', `import { c } from './c.ts'`)
  const toA = file('api/c.ts', `import type { A } from './a.ts'`)
  expect(circleViolations([a, b, toA]).map(({ problem }) => problem)).toEqual([
    'imports itself: api/a.ts → api/b.ts → api/c.ts → api/a.ts; move what both need to a file of its own',
  ])
  const shared = file('api/d.ts', `import { c } from './c.ts'\nimport { b } from './b.ts'`)
  expect(circleViolations([a, b, file('api/c.ts', ''), shared])).toEqual([])
})

test('an export that nobody imports, or only a test uses, is found', () => {
  const exported = file('model/a.ts', 'export const used = 1\nexport function tested() {}\nexport class Alone {}\n')
  const test = file('model/a.test.ts', `import { tested } from './a.ts'`)
  const user = file('api/b.ts', `import { used } from '../model/a.ts'`)
  expect(describe(deadExportViolations([exported, test, user]))).toEqual([
    'model/a.ts:2: only tests use tested',
    'model/a.ts:3: nobody imports Alone',
  ])
  const inner = file('model/c.ts', 'export const inner = 1\nexport const outer = inner\nexport type T = 1\n')
  const innerUsers = [
    file('model/c.test.ts', `import { inner } from './c.ts'`),
    file('api/d.ts', `import { outer } from '../model/c.ts'`),
  ]
  expect(deadExportViolations([inner, ...innerUsers])).toEqual([])
})

test('a suppression without a reason is found', () => {
  const ignore = word('// biome-', 'ignore lint/complexity/noExcessiveLinesPerFunction')
  expect(suppressionViolations([file('api/a.ts', ignore), file('api/b.ts', `${ignore}: easier`)])).toHaveLength(2)
  expect(suppressionViolations([file('api/a.ts', `${ignore}: one table of states`)])).toEqual([])
})

test('the linter finds a long function and a promise that nobody waits for', () => {
  const project = mkdtempSync(path.join(os.tmpdir(), 'planted-'))
  try {
    const config = { ...JSON.parse(readFileSync(path.join(repository, 'biome.json'), 'utf8')), vcs: undefined }
    writeFileSync(path.join(project, 'biome.json'), JSON.stringify(config))
    writeFileSync(
      path.join(project, 'long.ts'),
      `export function f(): void {\n${'  g()\n'.repeat(71)}}\nfunction g() {}\n`,
    )
    writeFileSync(path.join(project, 'floating.ts'), 'async function f(): Promise<void> {}\nf()\n')
    const biome = path.join(repository, 'node_modules/.bin/biome')
    const { stdout, stderr } = spawnSync(biome, ['lint', '.'], { cwd: project, encoding: 'utf8' })
    expect(stdout + stderr).toContain('long.ts:1:8 lint/complexity/noExcessiveLinesPerFunction')
    expect(stdout + stderr).toContain('floating.ts:2:1 lint/nursery/noFloatingPromises')
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}, 60_000)

test('the model may neither read a clock nor touch the machine, and may read a given time', () => {
  const impure = `import { readFileSync } from 'node:fs'\nconst t = Date.now()\nconst d = new Date()\nsetTimeout(f, 1)`
  expect(purityViolations([file('model/a.ts', impure)])).toHaveLength(4)
  expect(purityViolations([file('model/a.ts', `const d = new Date(ms) // Date.now()`)])).toEqual([])
  expect(purityViolations([file('storage/a.ts', impure)])).toEqual([])
})

test('an operator that can queue needs a reason, and any import of all of RxJS does', () => {
  const bare = file('operators/a.ts', `import { map, mergeMap as m } from 'rxjs'`)
  expect(unboundedViolations([bare]).map(({ problem }) => problem)).toEqual([
    'mergeMap of RxJS can queue without bound; say in a comment "bounded: why"',
  ])
  expect(unboundedViolations([file('pipeline/a.ts', `import * as rx from 'rxjs'`)])).toHaveLength(1)
  expect(unboundedViolations([file('operators/a.ts', `// bounded: one batch at a time\n${bare.text}`)])).toEqual([])
  expect(unboundedViolations([file('operators/a.ts', `// bounded:\n${bare.text}`)])).toHaveLength(1)
  expect(unboundedViolations([file('operators/a.ts', `import { map, filter } from 'rxjs'`)])).toEqual([])
})

test('an RxJS type is found in an export, even one that the compiler inferred', () => {
  const project = mkdtempSync(path.join(os.tmpdir(), 'planted-'))
  symlinkSync(path.join(repository, 'node_modules'), path.join(project, 'node_modules'))
  writeFileSync(path.join(project, 'tsconfig.json'), readFileSync(path.join(repository, 'tsconfig.json')))
  for (const folder of ['pipeline', 'operators']) mkdirSync(path.join(project, folder))
  const inferred = `import { of } from 'rxjs'\nexport const hidden = () => ({ inner: of(1) })\n`
  writeFileSync(path.join(project, 'pipeline/inferred.ts'), inferred)
  writeFileSync(path.join(project, 'operators/inferred.ts'), inferred)
  writeFileSync(
    path.join(project, 'pipeline/inside.ts'),
    `import { Subject } from 'rxjs'\nexport function f(): void {\n  new Subject<number>().next(1)\n}\n`,
  )
  const declarations = declarationsOf(project)
  rmSync(project, { recursive: true, force: true })
  expect(declarations.map((one) => one.path).toSorted()).toEqual([
    'operators/inferred.ts',
    'pipeline/inferred.ts',
    'pipeline/inside.ts',
  ])
  expect(publicTypeViolations(declarations).map((one) => one.path)).toEqual(['pipeline/inferred.ts'])
}, 60_000)

test.each([
  ['api/a.ts', 'Bun.serve({})'],
  ['api/a.ts', 'console.log(1)'],
  ['storage/a.ts', 'process.exit(1)'],
  ['model/a.test.ts', `test.only('x', f)`],
  ['docs/a.md', word('TO', 'DO: later')],
  ['model/a.ts', word('// FIX', 'ME')],
  ['model/a.ts', '// @ts-ignore'],
  ['model/a.ts', word('// biome-', 'ignore lint/suspicious/noExplicitAny: easier')],
  ['model/a.ts', 'try { f() } catch {}'],
  ['model/a.ts', 'try { f() } catch (error) { }'],
  ['package-lock.json', word('"resolved": "https://registry.', 'npmjs.org/x"')],
  ['docs/a.md', word('see /ro', 'ot/work')],
])('the word rule finds in %s: %s', (at, text) => {
  expect(wordViolations([file(at, text)])).toHaveLength(1)
})

test('the word rule lets be what is meant', () => {
  const fine = [
    file('runtime/runtime.ts', 'Bun.hash(x)'),
    file('cli/a.ts', 'console.log(1); process.exit(0)'),
    file('model/a.ts', `// console.log and Bun.serve\nconst s = 'console.log'`),
    file('model/a.ts', 'try { f() } catch {\n  // Gone already.\n}'),
    file('model/a.test.ts', `test('x', () => Bun.file('y'))`),
    file('docs/a.md', 'a/work/b, https://example.org/root/x'),
  ]
  expect(describe(wordViolations(fine))).toEqual([])
})

test('empty names and unexplained length are found', () => {
  const names = ['model/utils.ts', 'api/http-helpers.ts', 'pipeline/common/a.ts', 'cli/user-manager.ts']
  expect(nameViolations(names.map((name) => file(name, '')))).toHaveLength(names.length)
  expect(nameViolations([file('model/commonality.ts', ''), file('cli/miscount.ts', '')])).toEqual([])
  const long = 'x\n'.repeat(maxLines + 1)
  expect(lengthViolations([file('model/a.ts', long)])).toHaveLength(1)
  expect(lengthViolations([file('model/a.ts', `/** Long because it is one table. */\n${long}`)])).toEqual([])
  expect(lengthViolations([file('model/a.ts', `x\n/** Long because it is one table. */\n${long}`)])).toHaveLength(1)
})

test('an invariant without a test, a test without an invariant and a doubled invariant are found', () => {
  const page = file(invariantsFile, '**I1** one\n\n**I2** two\n\n**I3** three, unlike **I9**\n')
  // Put together, or this file's own text would be taken for tests of invariants.
  const call = (open: string, title: string) => `${open}${title}, f)`
  const calls = [
    call('test(', `'I1: one holds'`),
    call('test.skipIf(needs.x.found === null)(', '"I2, I7: two"'),
    call('it.each([1, 2])(', '`I2: %d`'),
    call('test(', `'I am no invariant'`),
  ]
  const tests = file('model/a.test.ts', calls.join('\n'))
  expect(describe(invariantViolations([page, tests]))).toEqual([
    'docs/INVARIANTS.md: no test is titled "I3: …"',
    'model/a.test.ts:2: I7 is not in docs/INVARIANTS.md',
  ])
  const doubled = file(invariantsFile, '**I1** one\n\n**I1** again\n')
  expect(invariantViolations([doubled, tests]).map((one) => one.problem)).toContain('I1 stands there twice')
})

test('a dependency that is a range, unused or without a reason is found', () => {
  const found = dependencyViolations([
    file(
      'package.json',
      JSON.stringify({ dependencies: { zod: '4.0.0', hono: '^4.0.0' }, devDependencies: { bun: '1.4.5' } }),
    ),
    file('docs/DECISIONS.md', 'we use `zod` and `bun`'),
    file('model/a.ts', `import { z } from 'zod'`),
  ])
  expect(describe(found)).toEqual([
    'docs/DECISIONS.md: says nothing of `hono`',
    'package.json: hono ^4.0.0 is no exact version',
    'package.json: hono is imported nowhere',
  ])
})

test('a link to a missing file or heading is found', () => {
  const page = file(
    'docs/a.md',
    '# One & two `x`\n[a](b.md) [b](missing.md) [c](b.md#there-it-is) [d](b.md#no) [e](#one--two-x) [f](https://x.test/y) `[g](no.md)`\n```\n[h](no.md)\n```\n![i](../LICENSE)',
  )
  const found = linkViolations([page, file('docs/b.md', '## There it is')], repository)
  expect(describe(found)).toEqual(['docs/a.md:2: missing.md is not there', 'docs/a.md:2: b.md#no: no such heading'])
  expect(anchorOf('`vaino up` — the *main* job')).toBe('vaino-up--the-main-job')
})

test('an event, a gauge or a count that nobody reports is found', () => {
  const all = telemetryViolations([])
  const some = telemetryViolations([
    file('api/a.ts', `emit('serving', {}); feed('vaino_workers', f); counters.records += 1`),
  ])
  expect(all.length - some.length).toBe(3)
})

test('the tree leaves out what is installed and what is data', () => {
  const paths = readTree(repository).map((one) => one.path)
  expect(paths).toContain('package.json')
  expect(paths).toContain('.ci/run')
  expect(paths.some((one) => one.includes('node_modules'))).toBe(false)
  expect(readdirSync(repository)).toContain('node_modules')
})
