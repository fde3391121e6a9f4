/**
 * Finding which fields of a resource differ, beside libraries that people use for it, on the same parsed documents in turn:
 * microdiff and jsondiffpatch (npm), deepdiff (PyPI, in Python, timed by itself; left out where there is no Python).
 *
 *   npm run bench -- diff-peers [resources=2000] [rounds=9]
 *
 * Resources of 1 KiB in which three plain fields differ; each must name the same three. vaino's comparison does more: numbers
 * by their value, lists by the identity of their elements, JSON in texts.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { canonicalHash } from '../model/canonical.ts'
import { diffResources } from '../model/field-diff.ts'
import type { Resource } from '../model/resource.ts'
import { cacheFolder, madeOnce } from '../test/made-once.ts'
import { benchResource, setting } from './estate/made-up.ts'
import { cpuMsOf, figure, median, ofRounds } from './report/figures.ts'

const count = setting('resources', 2_000)
const rounds = setting('rounds', 9)

const versions = { microdiff: '1.6.0', jsondiffpatch: '0.7.7', deepdiff: '9.1.0' }

/** The peers, fetched once from their registries. */
const peers = madeOnce(path.join(cacheFolder, `diff-peers-${Object.values(versions).join('-')}`), (folder) => {
  const { microdiff, jsondiffpatch, deepdiff } = versions
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}')
  const install = [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    `microdiff@${microdiff}`,
    `jsondiffpatch@${jsondiffpatch}`,
  ]
  const npm = spawnSync('npm', install, { cwd: folder, encoding: 'utf8' })
  if (npm.status !== 0) throw new Error(`npm could not install the peers: ${npm.stderr}`)
  const python = spawnSync('python3', [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--target',
    `${folder}/python`,
    `deepdiff==${deepdiff}`,
  ])
  if (python.status !== 0) console.log('deepdiff is left out: pip could not install it')
})

const pairs = Array.from({ length: count }, (_, n): readonly [Resource, Resource] => {
  const before = JSON.parse(benchResource(n % 50, n, 0)) as Resource
  const after = structuredClone(before) as Resource & { configuration: Record<string, string | boolean> }
  after.configuration.subnet = `subnet-${n}-moved`
  after.configuration.monitoring = false
  after.configuration.private_ip = '10.0.0.1'
  return [before, after]
})
const expected = ['configuration.monitoring', 'configuration.private_ip', 'configuration.subnet']

const { default: microdiff } = await import(path.join(peers, 'node_modules/microdiff/dist/index.js'))
const { create } = await import(path.join(peers, 'node_modules/jsondiffpatch/lib/index.js'))
const patcher = create()

/** The paths that each says have changed. */
const contestants: Readonly<Record<string, (before: Resource, after: Resource) => string[]>> = {
  vaino: (before, after) => diffResources(before, after).map(({ path: changed }) => changed),
  microdiff: (before, after) =>
    microdiff(before, after).map(({ path: changed }: { readonly path: readonly string[] }) => changed.join('.')),
  jsondiffpatch: (before, after) => leaves(patcher.diff(before, after)),
}

/** A delta of jsondiffpatch holds a list where a value was replaced. */
function leaves(delta: unknown, at = ''): string[] {
  if (Array.isArray(delta)) return [at]
  return Object.entries(delta as object).flatMap(([name, below]) => leaves(below, at === '' ? name : `${at}.${name}`))
}

const perPair = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, diff] of Object.entries(contestants)) {
    const [ms, found] = cpuMsOf(() => pairs.map(([before, after]) => diff(before, after)))
    for (const paths of found) {
      if (paths.sort().join() !== expected.join()) throw new Error(`${name} found ${paths.join()}`)
    }
    perPair.get(name)?.push((ms * 1000) / count)
  }
}

const hash = new Uint32Array(2)
const hashed = Array.from(
  { length: rounds },
  () =>
    cpuMsOf(() => {
      for (const [, after] of pairs) canonicalHash(after, hash)
    })[0],
)

const script = `
import json, sys, time
sys.path.insert(0, sys.argv[1])
from deepdiff import DeepDiff
pairs = [json.loads(line) for line in sys.stdin]
started = time.process_time()
found = [DeepDiff(before, after).affected_paths for before, after in pairs]
spent = time.process_time() - started
for paths in found:
    assert sorted(p.replace("root['", '').replace("']['", '.').replace("']", '') for p in paths) == ${JSON.stringify(expected)}, paths
print(spent)
`
const python = spawnSync('python3', ['-c', script, `${peers}/python`], {
  input: pairs
    .slice(0, 200)
    .map((pair) => JSON.stringify(pair))
    .join('\n'),
  encoding: 'utf8',
})
if (python.status === 0) perPair.set('deepdiff', [(Number(python.stdout) * 1e6) / 200])
else console.log(`deepdiff is left out: ${python.stderr.trim().split('\n').at(-1) ?? 'no Python'}`)

const own = median(perPair.get('vaino') ?? [])
console.log(`${count} pairs of resources of ${JSON.stringify(pairs[0]?.[0]).length} bytes, three fields of each differ`)
for (const [name, times] of perPair) {
  console.log(
    `  ${name.padEnd(16)} ${median(times).toFixed(2).padStart(8)} µs a pair   ${(median(times) / own).toFixed(2)}×`,
  )
  if (name === 'vaino') continue
  const peer = { name, value: median(times) }
  figure({
    what: `three fields of 1 KiB, beside ${name}`,
    ...ofRounds(perPair.get('vaino') ?? []),
    unit: 'µs',
    better: 'lower',
    peer,
  })
}
console.log(
  `  ${'vaino, its hash'.padEnd(16)} ${((median(hashed) * 1000) / count).toFixed(2).padStart(8)} µs a resource: what decides that nothing has changed`,
)
process.exit(0)
