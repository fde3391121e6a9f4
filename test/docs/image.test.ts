import { expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { loadConfig } from '../../pipeline/config/load.ts'
import { repository } from '../lanes.ts'
import { build, instructions } from './image.ts'

const isRoot = process.getuid?.() === 0
const stranger = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []

function temporary(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-image-'))
  chmodSync(folder, 0o755)
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const variables = Object.fromEntries(
  instructions()
    .filter(({ word }) => word === 'ENV')
    .flatMap(({ rest }) => rest.split(' ').map((pair) => pair.split('='))),
) as Record<string, string>

function runThere(command: string, cwd: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' })
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
}

test('the steps of the Dockerfile give a vaino that starts without Node, as nobody, holds no tests, and is healthy', async () => {
  using folder = temporary()
  const image = build(folder.path, (command, cwd) => {
    if (command.startsWith('useradd')) return
    if (/^(?:node_modules\/\.bin\/bun|find) /.test(command)) return runThere(command, cwd)
    expect(command).toBe('node cli/launcher/install.mjs')
    // Only what the installation needs was copied before it.
    expect(readdirSync(cwd).sort()).toEqual(['cli', 'package-lock.json', 'package.json'])
    const env = { ...process.env, npm_config_prefer_offline: 'true' }
    const { status, stderr } = spawnSync('node', ['cli/launcher/install.mjs'], { cwd, env, encoding: 'utf8' })
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  })
  const app = path.join(image, 'opt/vaino')
  const files = (readdirSync(app, { recursive: true }) as string[]).filter((file) => !file.startsWith('node_modules'))
  expect(files.filter((file) => /\.test\.ts$|(^|\/)test-|^(test|bench|docs)(\/|$)|^package-lock/.test(file))).toEqual(
    [],
  )
  expect(files.some((file) => /^connectors\/aws\/sdk\/bundle\/aws-sdk-[^/]+\/sqs\.js$/.test(file))).toBe(true)

  const bin = path.join(folder.path, 'bin')
  const data = path.join(folder.path, 'data')
  for (const made of [bin, data]) mkdirSync(made)
  chmodSync(data, 0o777)
  for (const tool of ['sh', 'readlink'])
    symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), path.join(bin, tool))
  const token = '0123456789abcdef'
  const env = { ...variables, PATH: bin, VAINO_DATA_DIR: data, HOME: '/nonexistent' }
  const [file = '', ...before] = [...stranger, '/bin/sh', path.join(app, 'vaino')].map((word) =>
    word === 'setpriv' ? spawnSync('which', ['setpriv'], { encoding: 'utf8' }).stdout.trim() : word,
  )
  // What a published port reaches is refused without a token.
  const open = spawnSync(file, [...before, 'up'], { cwd: '/', env, encoding: 'utf8' })
  expect(open.status).toBe(2)
  expect(open.stderr).toContain('token')

  const loopback = { ...env, VAINO_LISTEN: '127.0.0.1:0', VAINO_TOKENS__ADMIN: token }
  const up = spawn(file, [...before, 'up'], { cwd: '/', env: loopback, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    let said = ''
    let port: string | undefined
    for await (const text of up.stderr.setEncoding('utf8') as AsyncIterable<string>) {
      said += text
      port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]
      if (port !== undefined) break
    }
    expect(port).toBeDefined()
    const check = instructions().find(({ word }) => word === 'HEALTHCHECK')?.rest ?? ''
    const [program = '', ...args] = (JSON.parse(check.slice(check.indexOf('['))) as string[]).map((word) =>
      word.replace('/opt/vaino', app),
    )
    const healthy = (listen: string) =>
      spawnSync(program, args, { env: { ...env, VAINO_LISTEN: listen }, encoding: 'utf8' })
    expect(healthy(`0.0.0.0:${port}`).status).toBe(0)
    expect(healthy('0.0.0.0:1').status).toBe(1)
  } finally {
    up.kill('SIGKILL')
  }
}, 240_000)

interface Service {
  readonly image: string
  readonly mem_limit?: string
  readonly healthcheck?: object
  readonly environment?: Record<string, string>
}

test.each(['docker-compose.yml', 'docker-compose.one-node.yml'])(
  '%s limits memory, checks health, and configures what vaino has',
  (name) => {
    const text = readFileSync(path.join(repository, name), 'utf8').replaceAll(
      /\$\{\w+:\?[^}]*\}/g,
      '0123456789abcdef'.repeat(4),
    )
    const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
    const tested = /<version>(\d+\.\d+\.\d+)<\/version>\s*<\/dependency>/.exec(
      readFileSync(path.join(repository, 'test/kafka/pom.xml'), 'utf8'),
    )?.[1]
    for (const [service, { image, mem_limit, healthcheck, environment = {} }] of Object.entries(services)) {
      expect({ service, mem_limit }).toEqual({ service, mem_limit: '1g' })
      if (image !== 'vaino') {
        // The broker that the tests run against.
        expect(image).toBe(`apache/kafka:${tested}`)
        expect(healthcheck).toBeDefined()
        continue
      }
      const { config, warnings } = loadConfig({ folder: tmpdir(), environment: { ...variables, ...environment } })
      expect(warnings).toEqual([])
      expect(config.tokens.admin).toHaveLength(1)
      expect(config.listen).toBe('0.0.0.0:8420')
    }
  },
)
