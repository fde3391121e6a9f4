import { expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { freePorts } from '../kafka/cluster.ts'
import { needs, repository } from '../lanes.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'

setDefaultTimeout(300_000)

/** The first block of a language below a heading of a page. */
function blockOf(page: string, heading: string, language: string): string {
  const below = page.slice(page.indexOf(`\n${heading}\n`))
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(below)?.[1] ?? ''
}

test('the trial of docs/drift.md shows what the page says, and ends with 1', async () => {
  await using folder = await temporaryFolder()
  for (const name of readdirSync(repository))
    if (!['.git', '.cache', 'examples'].includes(name))
      symlinkSync(path.join(repository, name), path.join(folder.path, name))
  cpSync(path.join(repository, 'examples/drift'), path.join(folder.path, 'examples/drift'), { recursive: true })
  const mirror = `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(needs.awsProvider.found)}\n  }\n}\n`
  writeFileSync(path.join(folder.path, 'cli.tfrc'), mirror)

  const page = readFileSync(path.join(repository, 'docs/drift.md'), 'utf8')
  const heading = '## A trial without an account'
  const [port] = await freePorts(1)
  const script = blockOf(page, heading, 'sh').replaceAll('5566', String(port))
  expect(script.trim().split('\n')).toHaveLength(3)
  const moto = path.dirname(needs.awsEndpoint.found ?? '')
  const child = spawn('bash', ['-uo', 'pipefail', '-c', script], {
    cwd: folder.path,
    // A group of its own, for the server that the script leaves running.
    detached: true,
    env: {
      PATH: `${moto}:${process.env.PATH}`,
      HOME: folder.path,
      TF_CLI_CONFIG_FILE: path.join(folder.path, 'cli.tfrc'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    // The server that runs on has the pipe open, so it never closes.
    await until('all of it was printed', () => output.includes('Put it right'))
    const shown = blockOf(page, heading, 'text').trimEnd().split('\n')
    expect(shown.length).toBeGreaterThan(4)
    for (const line of shown) expect(output).toContain(line)
    expect(code).toBe(1)
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
})
