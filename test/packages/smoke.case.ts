import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type RunOptions, runProgram, startProgram, stateOf } from '../../cli/test-cli.ts'

/** A vaino as it is handed out, somewhere. */
export interface Installed {
  /** The folder here in which files are laid for it. */
  readonly folder: string
  /** What that folder is called where it runs, with a `/` at its end. */
  readonly inside: string
  /** The command that runs it. */
  command(...args: string[]): string[]
}

/** Where there is nothing of a user's. */
const ownHome = { HOME: '/nonexistent' }

/** What a vaino that is handed out must do wherever it runs. @param installed is called in the tests */
export function smokeTests(installed: () => Installed): void {
  const run = (args: readonly string[], { env = {}, ...options }: RunOptions = {}) =>
    runProgram(installed().command(...args), { cwd: installed().folder, env: { ...ownHome, ...env }, ...options })
  const put = (name: string, text: string) => writeFileSync(path.join(installed().folder, name), text)
  const at = (name: string) => `${installed().inside}${name}`
  const dataDir = (name: string) => ['--data-dir', at(`data-${name}`)]

  test('it takes no settings from the folder in which one stands', async () => {
    put('.env', 'VAINO_DATA_DIR=/nowhere\n')
    put('bunfig.toml', 'preload = ["./nowhere.ts"]\n')
    const { code, stdout } = await run(['config', 'show', '-o', 'json'])
    expect(code).toBe(0)
    expect(stdout).not.toContain('nowhere')
  })

  test('a Terraform state is scanned, and what has changed since is found', async () => {
    put('app.tfstate', stateOf({ jobs: 1 }))
    const scan = () => run(['scan', '--source', `terraform:${at('app.tfstate')}`, ...dataDir('scan')])
    expect(await scan()).toMatchObject({ code: 0, stdout: '' })
    put('app.tfstate', stateOf({ jobs: 2 }, 2))
    const second = await scan()
    expect(second.code).toBe(1)
    expect(second.stdout).toContain('delay_seconds  1 → 2')
  })

  test('two files are compared', async () => {
    put('a.tfstate', stateOf({ jobs: 1 }))
    put('b.tfstate', stateOf({ jobs: 3 }, 2))
    const { code, stdout } = await run(['diff', at('a.tfstate'), at('b.tfstate')])
    expect(code).toBe(1)
    expect(stdout).toContain('delay_seconds  1 → 3')
  })

  test('it watches the example, takes input, and serves its page', async () => {
    await using up = startProgram(
      installed().command('up', '--example', '--listen', '127.0.0.1:0', ...dataDir('up'), '--example-every', '300ms'),
      { cwd: installed().folder, env: ownHome },
    )
    const url = (await up.until(/listening on (http:\S+)/))[1] ?? ''
    const fetched = async (name: string) => {
      const answer = await fetch(new URL(name, `${url}/`))
      expect({ name, status: answer.status }).toEqual({ name, status: 200 })
      return answer.text()
    }
    const page = await fetched('')
    const files = [...page.matchAll(/(?:src|href)="\.\/(web\/[^"]+)"/g)].map(([, file = '']) => file)
    expect(files.some((file) => file.endsWith('.js'))).toBe(true)
    for (const file of files) expect((await fetched(file)).length).toBeGreaterThan(100)
    expect(await fetched('docs')).toContain('<html')

    const record = {
      ...{ kind: 'observed', scope: 'shop/a/-/thing', observed_at: '2026-11-23T12:00:00Z' },
      resource: { id: 'one', type: 'thing', provider: 'shop' },
    }
    const ingested = await run(['ingest', '-', '--server', url], { stdin: `${JSON.stringify(record)}\n` })
    expect(ingested).toMatchObject({ code: 0 })
    const listed = await run(['list', '--server', url, '--type', 'thing', '-o', 'ndjson'])
    expect(JSON.parse(listed.stdout)).toMatchObject({ key: 'shop/a/-/thing/one' })
    // The replay moves on: what changed has come through the worker threads.
    await up.until(/step 2 of/)
    expect((await run(['list', '--server', url, '-o', 'ndjson'])).stdout.split('\n').length).toBeGreaterThan(20)
  })

  test("AWS's and Google's clients are inside", async () => {
    const closed = {
      ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' },
    }
    const aws = await run(['scan', '--source', 'aws:', ...dataDir('aws')], { env: closed })
    expect(aws.code).toBe(2)
    expect(aws.stderr).toMatch(/ECONNREFUSED|Unable to connect/)
    const nobody = { GCE_METADATA_HOST: '127.0.0.1:9', METADATA_SERVER_DETECTION: 'none' }
    const gcp = await run(['scan', '--source', 'gcp:project', ...dataDir('gcp')], { env: nobody })
    expect(gcp.code).toBe(2)
    expect(gcp.stderr).toContain('credentials')
  })
}
