import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { classifyName } from '../../model/secret-names.ts'
import { jsonSchema, type Leaf, leaves } from './keys.ts'
import { setAt, type Values } from './layer.ts'
import { type ConfigSources, type LoadedConfig, loadConfig } from './load.ts'

/** Loads what a folder with this vaino.yaml gives. */
function load(yaml: string | null, more: Partial<ConfigSources> = {}, name = 'vaino.yaml'): LoadedConfig {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-config-'))
  try {
    if (yaml !== null) writeFileSync(path.join(folder, name), yaml)
    return loadConfig({ folder, environment: {}, ...more })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The lines of the error that it ends in. */
function problems(yaml: string | null, more: Partial<ConfigSources> = {}): string[] {
  try {
    load(yaml, more)
  } catch (error) {
    if (error instanceof VainoError && error.code === 'bad_config') return error.message.split('\n')
    throw error
  }
  throw new Error('it was accepted')
}

const settingOf = (loaded: LoadedConfig, key: string) => loaded.settings.find(({ path }) => path.join('.') === key)

test("without a file VAINO's own defaults hold", () => {
  const { config, file, warnings } = load(null)
  expect(file).toBeNull()
  expect(warnings).toEqual([])
  expect(config.memory_optimization).toEqual({
    max_memory_usage: 524288000,
    gc_threshold: 367001600,
    backpressure_threshold: 419430400,
    enable_object_pooling: true,
    pool_size: 1000,
    pool_cleanup_interval: 300_000,
    streaming_threshold: 52428800,
    chunk_size: 1048576,
    gc_percent: 100,
    force_gc_interval: 30_000,
    max_resources_in_memory: 10_000,
    resource_batch_size: 100,
  })
  expect(config.diff).toMatchObject({ buffer_size: 100, timeout: 30_000, cache_ttl: 300_000, batch_size: 10 })
  expect(config.storage.base_dir).toBe(path.join(os.homedir(), '.vaino'))
  expect(config.storage.workers).toBe(Math.min(os.availableParallelism(), 8))
  expect(config).toMatchObject({ data_dir: '.vaino', listen: '127.0.0.1:8420', partitions: 8 })
})

test("VAINO's own block of its performance document loads as it is", () => {
  const { config, warnings } = load(`memory_optimization:
  max_memory_usage: 524288000        # 500MB
  gc_threshold: 367001600
  backpressure_threshold: 419430400
  streaming_threshold: 52428800
  chunk_size: 1048576
  force_gc_interval: 30s
  max_resources_in_memory: 10000
  resource_batch_size: 100
`)
  expect(config.memory_optimization.force_gc_interval).toBe(30_000)
  expect(warnings).toEqual([])
})

test('keys that this runtime has no use for are taken with a warning that says what takes their place', () => {
  const { warnings } = load('memory_optimization:\n  gc_percent: 50\n  pool_size: 5\n')
  expect(warnings).toHaveLength(2)
  expect(warnings.find((line) => line.includes('gc_percent'))).toMatch(
    /^vaino\.yaml:2:3: memory_optimization\.gc_percent has no effect\. .*gc_threshold/,
  )
})

test('later layers win: the file, then variables, then flags; and each value knows where it is from', () => {
  const loaded = load('listen: 127.0.0.1:1\ninterval: 10s\nstorage:\n  workers: 3\n  base_dir: /x\n', {
    environment: { VAINO_INTERVAL: '20s', VAINO_STORAGE__WORKERS: '4', OTHER: 'x' },
    flags: [{ flag: '--listen', path: ['listen'], value: '127.0.0.1:2' }],
  })
  expect(loaded.config).toMatchObject({ listen: '127.0.0.1:2', interval: 20_000 })
  expect(loaded.config.storage).toEqual({ workers: 4, base_dir: '/x' })
  expect(
    ['listen', 'interval', 'storage.workers', 'storage.base_dir', 'partitions'].map(
      (key) => settingOf(loaded, key)?.from,
    ),
  ).toEqual(['--listen', 'VAINO_INTERVAL', 'VAINO_STORAGE__WORKERS', 'vaino.yaml:5:13', 'default'])
})

test('every problem is reported at once, in the order of the file, with line and column', () => {
  expect(
    problems('listen: localhost\nintervall: 5s\nstorage:\n  wrokers: 3\n  workers: 900\ninterval: soon\n'),
  ).toEqual([
    'vaino.yaml:1:9: listen: expected HOST:PORT such as 127.0.0.1:8420 or [::1]:0; found "localhost"',
    'vaino.yaml:2:1: intervall is no key; did you mean interval?',
    'vaino.yaml:4:3: storage.wrokers is no key; did you mean workers?',
    'vaino.yaml:5:12: storage.workers: expected a whole number from 1 to 64; found 900',
    'vaino.yaml:6:11: interval: expected a duration such as 500ms, 30s, 5m, 1h30m or 7d; found "soon"',
  ])
})

test('a key that is like no other is answered with the keys that there are', () => {
  expect(problems('storage:\n  zzzzzz: 1\n')).toEqual([
    'vaino.yaml:2:3: storage.zzzzzz is no key; storage has base_dir, workers',
  ])
})

test('a problem names the variable or the flag that it comes from', () => {
  expect(problems(null, { environment: { VAINO_PARTITIONS: 'many' } })[0]).toStartWith('VAINO_PARTITIONS: ')
  expect(problems(null, { flags: [{ flag: '--interval', path: ['interval'], value: '5' }] })[0]).toStartWith(
    '--interval: ',
  )
})

test('what is no YAML is reported with line and column', () => {
  expect(problems('a: [1\n')[0]).toMatch(/^vaino\.yaml:2:1: /)
  expect(problems('listen: x\nlisten: y\n')[0]).toMatch(/^vaino\.yaml:2:1: .*unique/)
  expect(problems('- a\n')[0]).toBe('vaino.yaml:1:1: expected keys and values')
})

test('what YAML has and a configuration has not is refused in words for its author', () => {
  const merged = 'sources:\n  - &a {kind: terraform, where: ./a}\n  - {<<: *a, where: ./b}\n'
  expect(problems(merged)).toEqual([expect.stringMatching(/^vaino\.yaml:3:6: `<<` merges keys in YAML 1\.1 only/)])
  expect(problems('interval: 10s\n---\ninterval: 20s\n')).toEqual([
    'vaino.yaml:2:1: a second YAML document begins here, after `---`; a configuration is one document',
  ])
  expect(problems('sources: &a [*a]\n')).toEqual(['vaino.yaml:1:14: *a stands within what it names'])
  expect(problems(null, { environment: { VAINO_SOURCES: '[&a [*a]]' } })).toEqual([
    'VAINO_SOURCES: expected a list; found "[&a [*a]]"',
  ])
})

test('a number where text is needed is said to need quotes, and a secret one is not shown', () => {
  expect(problems('tokens:\n  read: [1234567890123456]\n')).toEqual([
    'vaino.yaml:2:10: tokens.read[0]: expected text; found a number; put it in quotes',
  ])
  expect(problems('data_dir: 7\n')).toEqual(['vaino.yaml:1:11: data_dir: expected text; found 7; put it in quotes'])
  expect(problems('data_dir: true\n')[0]).toEndWith('found true; put it in quotes')
  // Quotes alone would not help.
  expect(problems('listen: 8420\ninterval: 30\n')).toEqual([
    'vaino.yaml:1:9: listen: expected HOST:PORT such as 127.0.0.1:8420 or [::1]:0; found 8420',
    'vaino.yaml:2:11: interval: expected a duration such as 500ms, 30s, 5m, 1h30m or 7d; found 30',
  ])
})

test('a configuration is a regular file: a pipe is refused at once, and /dev/null is an empty one', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-config-'))
  try {
    const pipe = path.join(folder, 'pipe')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    expect(problems(null, { file: pipe })[0]).toBe(`${pipe} cannot be read: it is a pipe, and no regular file`)
    expect(problems(null, { file: folder })[0]).toEndWith('it is a folder, and no regular file')
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(load(null, { file: '/dev/null' }).config.data_dir).toBe('.vaino')
})

test('every secret can be read from the file that a variable names', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-config-'))
  const put = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  try {
    const tokens = put('tokens', '0123456789abcdef\nfedcba9876543210\n')
    const password = put('password', 'with, a comma\n')
    const environment = { VAINO_TOKENS__READ_FILE: tokens, VAINO_KAFKA__SASL__PASSWORD_FILE: password }
    const sasl = { VAINO_KAFKA__SASL__USERNAME: 'me', VAINO_KAFKA__SASL__MECHANISM: 'plain' }
    const loaded = load(null, { environment: { ...environment, ...sasl } })
    expect(loaded.config.tokens.read).toEqual(['0123456789abcdef', 'fedcba9876543210'])
    expect(loaded.config.kafka.sasl?.password).toBe('with, a comma')
    expect(settingOf(loaded, 'tokens.read')).toMatchObject({ value: '2 hidden', from: 'VAINO_TOKENS__READ_FILE' })
    for (const { path: key, schema } of leaves(jsonSchema()).filter((leaf) => leaf.schema['x-secret'])) {
      const variable = `VAINO_${key.join('__').toUpperCase()}`
      const missing = problems(null, { environment: { [`${variable}_FILE`]: '/nowhere/secret' } })
      expect(missing[0]).toStartWith(`${variable}_FILE: /nowhere/secret cannot be read`)
      const both = problems(null, { environment: { [`${variable}_FILE`]: tokens, [variable]: 'x' } })
      expect(both).toEqual([`${variable}_FILE and ${variable} give the same key; give one of them`])
      expect(schema.type).toMatch(/^(array|string|object)$/)
    }
    const short = problems(null, { environment: { VAINO_TOKENS__READ_FILE: put('short', 'hunter2\n') } })
    expect(short).toEqual(['VAINO_TOKENS__READ_FILE: a token has at least 16 characters; found something else'])
    const empty = problems(null, { environment: { VAINO_TOKENS__READ_FILE: put('empty', ' \n') } })
    expect(empty[0]).toEndWith('empty is empty')
    // A key that is no secret has no such variable.
    expect(load(null, { environment: { VAINO_LISTEN_FILE: tokens } }).config.listen).toBe('127.0.0.1:8420')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a block whose keys are all commented out is as if it were not there', () => {
  expect(load('storage:\n#  workers: 3\ndiff:\n').config.partitions).toBe(8)
  expect(load('').config.partitions).toBe(8)
})

test('names that mean something to JavaScript are unknown keys like any other', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(problems(`${name}:\n  a: 1\n`)[0]).toStartWith(`vaino.yaml:1:1: ${name} is no key`)
  }
})

test('a token is shown in no message and in no setting', () => {
  const secret = 'correct-horse-battery-staple'
  const loaded = load(`tokens:\n  read: [${secret}]\n`)
  expect(loaded.config.tokens.read).toEqual([secret])
  expect(JSON.stringify(loaded.settings)).not.toContain(secret)
  expect(problems('tokens:\n  read: [hunter2]\n').join()).not.toContain('hunter2')
  expect(problems('tokens:\n  read: hunter2-is-a-long-token\n').join()).not.toContain('hunter2')
})

describe('the secret keys of the configuration', () => {
  const secretLeaves = leaves(jsonSchema()).filter(({ schema }) => schema['x-secret'])
  const canary = 'correct-horse-battery-staple'
  /** A value of a leaf's type; the names in a map are the user's own, and no secrets. */
  const given = ({ schema: { type } }: Leaf) =>
    type === 'array'
      ? [canary, `${canary}-2`]
      : type === 'object'
        ? { ops: `slack:https://example.org/${canary}` }
        : canary
  const shownOf = ({ schema: { type } }: Leaf) =>
    type === 'array' ? '2 hidden' : type === 'object' ? { ops: 'hidden' } : 'hidden'
  const yaml = (override: (leaf: Leaf) => unknown) => {
    const values: Values = {}
    setAt(values, ['kafka', 'brokers'], ['kafka-1.example.org:9092'])
    setAt(values, ['kafka', 'sasl'], { mechanism: 'plain', username: 'vaino' })
    for (const leaf of secretLeaves) setAt(values, leaf.path, override(leaf))
    return JSON.stringify(values)
  }

  test('are all marked: a key whose name says that it holds a secret is a secret key', () => {
    const named = leaves(jsonSchema()).filter(({ path }) =>
      path.some((name) => ['secret', 'vault'].includes(classifyName(name))),
    )
    expect(named.length).toBeGreaterThanOrEqual(4)
    expect(named.filter(({ schema }) => !schema['x-secret']).map(({ path }) => path.join('.'))).toEqual([])
    expect(secretLeaves.map(({ path }) => path.join('.'))).toContain('kafka.redaction_key')
  })

  test('are shown in no setting: only that they are given, and how many', () => {
    const loaded = load(yaml(given))
    expect(loaded.config.kafka.sasl?.password).toBe(canary)
    for (const leaf of secretLeaves) {
      const name = leaf.path.join('.')
      expect([name, settingOf(loaded, name)?.value]).toEqual([name, shownOf(leaf)])
    }
    expect(JSON.stringify(loaded.settings)).not.toContain(canary)
    expect(settingOf(load(null), 'kafka.sasl.password')?.value).toBeNull()
  })

  test('are shown in no message, neither as a wrong value nor in the place of a whole block', () => {
    const wrong = problems(yaml(({ schema }) => ({ [schema.type === 'object' ? 'ops' : canary]: canary })))
    expect(wrong.length).toBeGreaterThanOrEqual(secretLeaves.length)
    expect(wrong.join()).not.toContain(canary)
    for (const { path } of secretLeaves) {
      for (let length = 1; length < path.length; length++) {
        const values: Values = {}
        setAt(values, path.slice(0, length), canary)
        expect(problems(JSON.stringify(values)).join()).not.toContain(canary)
      }
    }
  })
})

test('the password in an address is shown in no message and in no setting', () => {
  const yaml = (kind: string) =>
    `sources:\n  - "${kind}:https://bob:hunter2@states.example/x"\n  - {kind: acme, where: p, password: hunter2}\n`
  const loaded = load(yaml('terraform'))
  expect(loaded.config.sources[0]?.where).toContain('hunter2')
  expect(JSON.stringify(loaded.settings)).toContain('states.example')
  expect(JSON.stringify(loaded.settings)).not.toContain('hunter2')
  expect(problems(yaml('9')).join()).not.toContain('hunter2')
})

test('a source is KIND:WHERE or an object whose further keys are the options of its kind', () => {
  const { config } = load(
    'sources:\n  - terraform:./infra\n  - {kind: aws, where: prod, interval: 5m, regions: [eu-west-1]}\n',
  )
  expect(config.sources).toEqual([
    { kind: 'terraform', where: './infra', intervalMs: null, forgetAfterMs: null, options: {} },
    { kind: 'aws', where: 'prod', intervalMs: 300_000, forgetAfterMs: null, options: { regions: ['eu-west-1'] } },
  ])
})

test('a source that can not be meant is refused for its own mistake, not for the shape it lacks', () => {
  expect(problems('sources:\n  - foo\n  - {kind: aws, where: p, interval: 5x}\n  - {kind: terraform}\n')).toEqual([
    'vaino.yaml:2:5: sources[0]: expected KIND:WHERE such as terraform:./infra, or {kind, where}; found "foo"',
    'vaino.yaml:3:37: sources[1].interval: expected a duration such as 500ms, 30s, 5m, 1h30m or 7d; found "5x"',
    'vaino.yaml:4:5: sources[2].where: expected what is watched, as after KIND:; it is missing',
  ])
})

test('the keys of a source are those of its kind: an unknown one is refused at its line, with the nearest', () => {
  const entry = (keys: string) => problems(`sources:\n  - {kind: terraform, where: p, ${keys}}\n`)
  expect(entry('data_source: true')).toEqual([
    'vaino.yaml:2:33: sources[0].data_source is no key; did you mean data_sources?',
  ])
  expect(entry('timeout_seconds: 0')).toEqual([
    'vaino.yaml:2:50: sources[0].timeout_seconds: expected a number of seconds from above 0 to 3600; found 0',
  ])
})

test('lists come from a variable with commas between, or as YAML where a comma is part of one', () => {
  const sources = (text: string) =>
    load(null, { environment: { VAINO_SOURCES: text } }).config.sources.map(({ where }) => where)
  expect(sources('terraform:./a, terraform:./b')).toEqual(['./a', './b'])
  expect(sources('["terraform:./a,b"]')).toEqual(['./a,b'])
})

test('a variable that looks like a key is warned of; what Kubernetes sets for a service named vaino is not', () => {
  const environment = {
    VAINO_STORAGE__WORKES: '3',
    VAINO_PORT: 'tcp://10.0.0.1:8420',
    VAINO_SERVICE_HOST: '10.0.0.1',
    VAINO_TOKEN: 'x',
  }
  expect(load(null, { environment }).warnings).toEqual([
    'VAINO_STORAGE__WORKES is not used; did you mean VAINO_STORAGE__WORKERS?',
  ])
})

test('memory thresholds that are out of order are refused', () => {
  expect(problems('memory_optimization:\n  gc_threshold: 1TB\n')[0]).toContain(
    '1 TiB are more than backpressure_threshold (400 MiB): give both',
  )
})

test('a number of megabytes that stands for bytes is refused with what was meant', () => {
  expect(problems('memory_optimization:\n  max_memory_usage: 500\n')).toEqual([
    'vaino.yaml:2:21: memory_optimization.max_memory_usage: 500 bytes are less than the least of 16MB; did you mean 500MB?; found 500',
  ])
})

test('a list in the place of a block that says what is included is refused with the block that was meant', () => {
  const source = (rest: string) => problems(`sources:\n  - {kind: aws, where: x, ${rest}}\n`)[0]
  expect(source('types: [aws_instance]')).toEndWith('; did you mean {include: ["aws_instance"]}?')
  expect(source('types: aws_*')).toEndWith('; did you mean {include: ["aws_*"]}?')
  expect(source('config: [a]')).toEndWith('; did you mean {include: ["a"]}?')
  expect(source('assume: [a]')).not.toContain('include')
})

test('a node of many names its brokers and the key that all nodes share; a lone process has all roles', () => {
  expect(problems('transport: kafka\nkafka:\n  topic_prefix: estate\n')).toEqual([
    'vaino.yaml:3:3: kafka.brokers: transport: kafka needs at least one HOST:PORT; it is missing',
    'vaino.yaml:3:3: kafka.redaction_key: transport: kafka needs one, the same on every node: openssl rand -hex 32; it is missing',
  ])
  expect(problems('roles: [api]\n')[0]).toContain('with the embedded transport one process has all roles')
  const both = '\n  brokers: [a:9092]\n  redaction_key: 0123456789abcdef\nroles: [api]\n'
  expect(load(`transport: kafka\nkafka:${both}`).config.roles).toEqual(['api'])
})

test('what is missing is reported by its own name and not by that of the flag beside it, with the nearest value', () => {
  const flags = [
    { flag: '--transport', path: ['transport'], value: 'kafka' },
    { flag: '--brokers', path: ['kafka', 'brokers'], value: ['a:9092'] },
  ]
  expect(problems(null, { flags })).toEqual([
    'kafka.redaction_key: transport: kafka needs one, the same on every node: openssl rand -hex 32; it is missing',
  ])
  expect(problems('kafka:\n  brokers: [a, "b:c", "d:1"]\n')).toEqual([
    'vaino.yaml:2:13: kafka.brokers[0]: expected HOST:PORT such as kafka-1.example.org:9092; found "a"',
    'vaino.yaml:2:16: kafka.brokers[1]: expected HOST:PORT such as kafka-1.example.org:9092; found "b:c"',
  ])
  expect(problems('roles: [colector]\n')[0]).toEndWith('found "colector"; did you mean collector?')
})

test('a file that was named and is not there, and two files where one is expected, are errors', () => {
  expect(problems(null, { file: 'prod.yaml' })).toEqual(['There is no configuration file prod.yaml'])
  expect(load('partitions: 3\n', {}, 'vaino.yml').config.partitions).toBe(3)
})

test('a configuration file that is misspelt is answered with the one beside it', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-config-'))
  try {
    writeFileSync(path.join(folder, 'production.yaml'), '')
    const misspelt = () => loadConfig({ folder, environment: {}, file: 'prodution.yaml' })
    expect(misspelt).toThrow(expect.objectContaining({ hint: `Did you mean ${folder}/production.yaml?` }))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('YAML that would unfold to gigabytes is refused', () => {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let i = 0; i < 12; i++) {
    const [from, to] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)]
    lines.push(`${to}: &${to} [*${from}, *${from}, *${from}, *${from}, *${from}, *${from}, *${from}, *${from}]`)
  }
  expect(problems(lines.join('\n'))[0]).toStartWith('vaino.yaml:1:1: ')
})
