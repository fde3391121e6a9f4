import { expect, test } from 'bun:test'
import { repository } from '../lanes.ts'
import { circleViolations } from './circles.ts'
import { deadExportViolations } from './dead-exports.ts'
import { declarationsOf } from './declarations.ts'
import { dependencyViolations } from './dependencies.ts'
import { invariantViolations } from './invariants.ts'
import { layerViolations, purityViolations } from './layers.ts'
import { linkViolations } from './links.ts'
import { publicTypeViolations, unboundedViolations } from './rxjs.ts'
import { suppressionViolations } from './suppressions.ts'
import { telemetryViolations } from './telemetry-use.ts'
import { describe, readTree } from './tree.ts'
import { lengthViolations, nameViolations, wordViolations } from './words.ts'

// The rules of this code base, applied to it. Each is tried on planted violations in planted.test.ts.
const files = readTree(repository)

test('each layer imports only what lies under it, and a package stays where it belongs', () => {
  expect(describe(layerViolations(files))).toEqual([])
})

test('no file imports itself by way of others, types included', () => {
  expect(describe(circleViolations(files))).toEqual([])
})

test('every exported value is used by something that ships', () => {
  expect(describe(deadExportViolations(files))).toEqual([])
})

test('where a rule of the linter is suppressed, the comment says why', () => {
  expect(describe(suppressionViolations(files))).toEqual([])
})

test('the model does no I/O and reads no clock', () => {
  expect(describe(purityViolations(files))).toEqual([])
})

test('an RxJS operator that can queue without bound says what bounds it', () => {
  expect(describe(unboundedViolations(files))).toEqual([])
})

test('no RxJS type is in what a module outside operators exports, inferred types included', () => {
  const declarations = declarationsOf(repository)
  expect(declarations.map(({ path }) => path)).toContain('pipeline/engine.ts')
  expect(describe(publicTypeViolations(declarations))).toEqual([])
}, 180_000)

test('the code does without the words that it does without', () => {
  expect(describe(wordViolations(files))).toEqual([])
})

test('every file name says what is in the file', () => {
  expect(describe(nameViolations(files))).toEqual([])
})

test('a long file says why it is long', () => {
  expect(describe(lengthViolations(files))).toEqual([])
})

test('every invariant has a test that names it, and no test names another', () => {
  expect(describe(invariantViolations(files))).toEqual([])
})

test('every dependency is exact, used, and has its reason in docs/DECISIONS.md', () => {
  expect(describe(dependencyViolations(files))).toEqual([])
})

test('every link in the documentation leads somewhere', () => {
  expect(describe(linkViolations(files, repository))).toEqual([])
})

test('every declared event, gauge and count is reported by somebody', () => {
  expect(describe(telemetryViolations(files))).toEqual([])
})
