import { readdirSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { denoPackage, find, findMirror } from './find-tool.ts'
import { findGoogleDocuments } from './gcp/documents-folder.ts'

/** A tool that some tests can't do without. */
export interface Need {
  /** Where it is; `null` when this machine doesn't have it. */
  readonly found: string | null
  /** How to get it. */
  readonly hint: string
}

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * What tests may need beyond Node and npm. A test that needs one of them inside a file of another lane says so with
 * `test.skipIf(needs.strace.found === null)(…)`.
 */
export const needs = {
  chromium: {
    found: find(
      ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
      process.env.CHROMIUM_PATH,
    ),
    hint: 'apt-get install chromium-headless-shell, or set CHROMIUM_PATH',
  },
  terraform: { found: find(['terraform'], process.env.TERRAFORM_PATH), hint: 'put terraform on the PATH' },
  awsEndpoint: {
    found: find(['moto_server'], process.env.MOTO_SERVER_PATH),
    hint: 'pip install -r test/estate/requirements.txt, or set MOTO_SERVER_PATH',
  },
  ministack: {
    found: find(['ministack'], process.env.MINISTACK_PATH),
    hint: 'pip install -r test/ministack/requirements.txt in an environment of its own, or set MINISTACK_PATH',
  },
  awsProvider: {
    found: findMirror('registry.terraform.io/hashicorp/aws/5.100.0'),
    hint: 'terraform providers mirror FOLDER with hashicorp/aws 5.100.0, and TF_PLUGIN_MIRROR=FOLDER',
  },
  googleDocuments: {
    found: findGoogleDocuments(),
    hint: 'python3 -m venv .cache/google, .cache/google/bin/pip install --no-deps -r test/gcp/requirements.txt, or set GOOGLE_DOCUMENTS_PATH',
  },
  gcloud: { found: find(['gcloud'], process.env.GCLOUD_PATH), hint: 'put the Google Cloud CLI on the PATH' },
  deno: {
    found: process.env.DENO_PATH ? find(['deno'], process.env.DENO_PATH) : (denoPackage(repository) ?? find(['deno'])),
    hint: 'npm has no Deno for this platform; put deno on the PATH, or set DENO_PATH',
  },
  compiler: { found: find(['cc', 'gcc', 'clang']), hint: 'apt-get install gcc libc6-dev' },
  go: { found: find(['go'], process.env.GO_PATH), hint: 'put Go (1.25 or newer) on the PATH, or set GO_PATH' },
  java: { found: find(['java']), hint: 'apt-get install openjdk-17-jre-headless, or another Java from 17 on' },
  maven: { found: find(['mvn']), hint: 'apt-get install maven' },
  openssl: { found: find(['openssl']), hint: 'apt-get install openssl' },
  nginx: { found: find(['nginx']), hint: 'apt-get install nginx-light' },
  caddy: { found: find(['caddy']), hint: 'apt-get install caddy' },
  groff: { found: find(['groff']), hint: 'apt-get install groff-base' },
  systemdAnalyze: { found: find(['systemd-analyze']), hint: 'apt-get install systemd' },
  prometheus: { found: find(['prometheus']), hint: 'apt-get install prometheus' },
  promtool: { found: find(['promtool']), hint: 'apt-get install prometheus' },
  strace: { found: find(['strace']), hint: 'apt-get install strace' },
} as const satisfies Record<string, Need>

/** A set of test files that are reported together, and skipped together where a tool is missing. */
export interface Lane {
  readonly name: string
  /** What it shows, one line. */
  readonly about: string
  /** Which files, as paths in the repository; a file is in the first lane that takes it. */
  readonly takes: RegExp
  readonly needs: readonly (keyof typeof needs)[]
  /** Why a continuous integration run may be green without it; absent where it may not. */
  readonly optional?: string
  /** Runs only where a part of its path is asked for that names the lane, such as `.long.test.ts`. */
  readonly isOnRequest?: true
  readonly timeoutSeconds: number
}

/**
 * In the order in which they run. Kafka's come before the estate: brokers that are killed need a processor to come back in time, and Terraform's
 * providers take both for ten minutes. Kubernetes comes late: in a continuous integration run its server is still being built.
 */
export const lanes: readonly Lane[] = [
  {
    name: 'long',
    about: 'what shows only after minutes: leaks',
    takes: /\.long\.test\.ts$/,
    needs: [],
    isOnRequest: true,
    timeoutSeconds: 1800,
  },
  {
    name: 'crash',
    about: 'killed processes, lost power, full disks',
    takes: /\.crash\.test\.ts$/,
    needs: [],
    timeoutSeconds: 600,
  },
  {
    name: 'power',
    about: 'what is on the disk after a power cut, by a library that forgets what was not synced',
    takes: /\.power\.test\.ts$/,
    needs: ['compiler'],
    timeoutSeconds: 600,
  },
  {
    name: 'kafka',
    about: 'against a real Apache Kafka of one and three brokers',
    takes: /\.kafka\.test\.ts$/,
    needs: ['java', 'maven', 'openssl'],
    timeoutSeconds: 600,
  },
  {
    name: 'terraform',
    about: 'states that the real terraform writes',
    takes: /\.terraform\.test\.ts$/,
    needs: ['terraform'],
    optional: 'no package registry has the terraform binary',
    timeoutSeconds: 600,
  },
  {
    name: 'provider',
    about: 'Terraform providers of our own, as processes that answer, hang and crash',
    takes: /\.provider\.test\.ts$/,
    needs: ['go'],
    timeoutSeconds: 1200,
  },
  {
    name: 'estate',
    about: 'an estate of AWS that the real terraform and the real provider apply to a stand-in',
    takes: /\.estate\.test\.ts$/,
    needs: ['terraform', 'awsEndpoint', 'awsProvider'],
    optional: 'no package registry has the terraform binary and the AWS provider',
    timeoutSeconds: 1500,
  },
  {
    name: 'aws',
    about: 'AWS accounts, played by stand-ins, read through AWS’s own clients',
    takes: /\.aws\.test\.ts$/,
    needs: ['awsEndpoint'],
    timeoutSeconds: 600,
  },
  {
    name: 'ministack',
    about: 'an AWS account in a second stand-in, which others wrote than the first',
    takes: /\.ministack\.test\.ts$/,
    needs: ['awsEndpoint', 'ministack'],
    timeoutSeconds: 600,
  },
  {
    name: 'gcp',
    about: 'Google Cloud, played by a stand-in that is made of Google’s own discovery documents',
    takes: /\.gcp\.test\.ts$/,
    needs: ['googleDocuments'],
    timeoutSeconds: 300,
  },
  {
    name: 'browser',
    about: 'the pages in a real browser',
    takes: /\.browser\.test\.ts$/,
    needs: ['chromium'],
    timeoutSeconds: 300,
  },
  {
    name: 'proxy',
    about: 'the pages in a real browser behind nginx and Caddy, as documented',
    takes: /\.proxy\.test\.ts$/,
    needs: ['chromium', 'nginx', 'openssl'],
    timeoutSeconds: 300,
  },
  {
    name: 'kubernetes',
    about: 'against a real Kubernetes API server',
    takes: /\.kubernetes\.test\.ts$/,
    needs: ['go'],
    timeoutSeconds: 1200,
  },
  {
    name: 'deno',
    about: 'one smoke suite on Bun and on Deno',
    takes: /\.deno\.test\.ts$/,
    needs: ['deno'],
    optional: 'npm has Deno for Linux with glibc, macOS and Windows only',
    timeoutSeconds: 300,
  },
  {
    name: 'package',
    about: 'the npm package and the one-file program, installed and used where nothing else is',
    takes: /\.package\.test\.ts$/,
    needs: [],
    timeoutSeconds: 300,
  },
  { name: 'docs', about: 'the commands in the documentation', takes: /^test\/docs/, needs: [], timeoutSeconds: 300 },
  {
    name: 'rules',
    about: "the code base's own rules",
    takes: /^test\/(rules|runner)\//,
    needs: [],
    timeoutSeconds: 120,
  },
  {
    name: 'server',
    about: 'HTTP, the command line, the pages',
    takes: /^(api|cli|web)\//,
    needs: [],
    timeoutSeconds: 300,
  },
  {
    name: 'engine',
    about: 'partitions, workers, sources, recovery',
    takes: /^(pipeline|test)\//,
    needs: [],
    timeoutSeconds: 300,
  },
  { name: 'unit', about: 'model, operators, storage, connectors', takes: /./, needs: [], timeoutSeconds: 300 },
]

const skippedFolders = new Set(['node_modules', '.git', '.cache', '.vaino', 'dist', 'coverage'])

/** Every test file, as a path in the repository. */
export function testFiles(folder = repository): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : testFiles(full)
      return entry.name.endsWith('.test.ts') ? [path.relative(repository, full)] : []
    })
    .toSorted()
}

const laneOf = (file: string): Lane | undefined => lanes.find((lane) => lane.takes.test(file))

/** What `test/run.mjs`, which runs on plain Node, asks for: the lanes with their files and what they lack. */
const plan = () => {
  const files = testFiles()
  return lanes.map((lane) => ({
    ...lane,
    takes: undefined,
    files: files.filter((file) => laneOf(file) === lane),
    missing: lane.needs.filter((name) => needs[name].found === null).map((name) => `${name} (${needs[name].hint})`),
  }))
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.stdout.write(`${JSON.stringify(plan())}\n`)
