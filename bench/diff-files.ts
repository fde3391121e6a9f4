/**
 * `vaino diff` of two snapshot files of 50,000 resources, as VAINO writes them, against `JSON.parse` of both in one thread.
 * Each is a process of its own, measured from its start to its end, in turn, several times; what is told is the median of
 * each round's ratio. `bun bench/diff-files.ts [resources]`
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { figure, median, ofRounds } from './report/figures.ts'

const rounds = 9

interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
  readonly maxRssMB: number
}

const [mode = '50000', first = '', second = ''] = process.argv.slice(2)

/** What is measured; it reports on stderr's last line. */
async function child(what: 'parse' | 'diff'): Promise<void> {
  if (what === 'parse') {
    const documents = [first, second].map((file) => JSON.parse(readFileSync(file, 'utf8')))
    if (documents.length !== 2) throw new Error('unreachable: keeps both alive')
  } else {
    const { createProgram } = await import('../cli/program.ts')
    const { program, argv } = await createProgram(['diff', first, second])
    await program.parseAsync(argv, { from: 'user' })
  }
  const { user, system } = process.cpuUsage()
  const cost: Cost = {
    wallMs: performance.now(),
    cpuMs: (user + system) / 1000,
    maxRssMB: process.resourceUsage().maxRSS / 1024,
  }
  process.stderr.write(`\n${JSON.stringify(cost)}\n`)
  process.exitCode = 0
}

function run(what: 'parse' | 'diff', a: string, b: string): Cost {
  const { stderr, status } = spawnSync(process.execPath, [import.meta.filename, what, a, b], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${what} ended with ${status}: ${stderr}`)
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')
}

function compare(resources: number): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-bench-'))
  try {
    const base = path.join(folder, 'base.json')
    write(base, resources, { modified: 0, added: 0, removed: 0, seed: 1 })
    const variants = [
      ['nothing differs', { modified: 0, added: 0, removed: 0 }],
      ['2 % modified', { modified: 0.02, added: 0, removed: 0 }],
      ['5 % modified, 1 % added, 1 % removed', { modified: 0.05, added: 0.01, removed: 0.01 }],
      ['2 % modified, another order', { modified: 0.02, added: 0, removed: 0, shuffled: true }],
    ] as const
    console.log(`two files of ${resources} resources, ${(statSync(base).size / 1e6).toFixed(0)} MB each`)
    for (const [title, variant] of variants) {
      const other = path.join(folder, 'other.json')
      write(other, resources, { ...variant, seed: 2 })
      report(title, base, other)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function report(title: string, base: string, other: string): void {
  const pairs = Array.from({ length: rounds }, () => [run('parse', base, other), run('diff', base, other)] as const)
  const ratio = (of: (cost: Cost) => number) => median(pairs.map(([parse, diff]) => of(diff) / of(parse))).toFixed(2)
  const parse = median(pairs.map(([cost]) => cost.cpuMs)).toFixed(0)
  const diff = median(pairs.map(([, cost]) => cost.cpuMs)).toFixed(0)
  const peer = { name: 'JSON.parse of both', value: median(pairs.map(([cost]) => cost.cpuMs)) }
  const own = ofRounds(pairs.map(([, cost]) => cost.cpuMs))
  const peakMB = Math.max(...pairs.map(([, cost]) => cost.maxRssMB))
  figure({ what: `two files, ${title}: processor time`, ...own, unit: 'ms', better: 'lower', peer, peakMB })
  const rss = Math.max(...pairs.map(([, cost]) => cost.maxRssMB)).toFixed(0)
  const parseRss = Math.max(...pairs.map(([cost]) => cost.maxRssMB)).toFixed(0)
  console.log(
    `  ${title.padEnd(38)} ${ratio(({ wallMs }) => wallMs)}× wall  ${ratio(({ cpuMs }) => cpuMs)}× CPU (${diff} of ${parse} ms)  ${rss} MB (${parseRss} MB)`,
  )
}

interface Variant {
  readonly modified: number
  readonly added: number
  readonly removed: number
  readonly shuffled?: boolean
  readonly seed: number
}

/** Writes a snapshot in VAINO's layout: two spaces, resources before metadata. */
function write(file: string, count: number, { modified, added, removed, shuffled = false, seed }: Variant): void {
  const random = generator(seed)
  const order = Array.from({ length: count }, (_, n) => n)
  if (shuffled) {
    for (let n = order.length - 1; n > 0; n--) {
      const other = Math.floor(random() * (n + 1))
      ;[order[n], order[other]] = [order[other] ?? 0, order[n] ?? 0]
    }
  }
  const descriptor = openSync(file, 'w')
  writeSync(
    descriptor,
    '{\n  "id": "aws-1751921664",\n  "timestamp": "2025-07-07T22:54:24.032214+02:00",\n  "provider": "aws",\n',
  )
  let texts: string[] = []
  let separator = '  "resources": [\n'
  const flush = () => {
    if (texts.length > 0) writeSync(descriptor, separator + texts.join(',\n'))
    if (texts.length > 0) separator = ',\n'
    texts = []
  }
  for (const n of order) {
    const chance = random()
    if (chance < removed) continue
    texts.push(resource(n, chance > 1 - modified))
    if (chance < removed + added) texts.push(resource(count + n, false))
    if (texts.length > 1000) flush()
  }
  flush()
  writeSync(descriptor, `\n  ],\n  "metadata": { "collector_version": "1.0.0", "resource_count": ${count} }\n}\n`)
  closeSync(descriptor)
}

const types = ['aws_instance', 'aws_security_group', 'aws_s3_bucket', 'aws_iam_role']
const regions = ['eu-west-1', 'us-east-1', 'us-west-2']

function resource(n: number, isModified: boolean): string {
  const made = {
    id: `i-${n.toString(16).padStart(17, '0')}`,
    type: types[n % types.length],
    name: `web-${n}`,
    provider: 'aws',
    region: regions[n % regions.length],
    configuration: {
      ami: `ami-${n * 7}`,
      instance_type: isModified ? 't3.large' : 't3.micro',
      subnet_id: `subnet-${n % 97}`,
      vpc_security_group_ids: [`sg-${n % 13}`, `sg-${n % 17}`],
      root_block_device: {
        volume_size: 20,
        volume_type: 'gp3',
        kms_key_id: `arn:aws:kms:eu-west-1:111122223333:key/${n}`,
      },
      ebs_block_device: [
        { device_name: '/dev/sdf', volume_id: `vol-${n}` },
        { device_name: '/dev/sdg', volume_id: `vol-${n + 1}` },
      ],
      user_data: `#!/bin/bash\necho "host ${n}"\nyum update -y\n`,
      monitoring: n % 2 === 0,
      description: 'serves the shop; its neighbours are behind the same load balancer',
    },
    metadata: { created_at: '2025-06-26T15:06:40.519Z', updated_at: '0001-01-01T00:00:00Z', checksum: `tf-${n}` },
    tags: { Name: `web-${n}`, Team: 'platform', Environment: 'production' },
  }
  return JSON.stringify(made, null, 2).replace(/^/gm, '    ')
}

/** A linear congruential generator: the same files in every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

if (mode === 'parse' || mode === 'diff') await child(mode)
else compare(Number(mode))
