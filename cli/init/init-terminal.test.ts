import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { stateOf, temporaryFolder } from '../test-cli.ts'
import { atTerminal } from './test-terminal.ts'

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
}

// The runtime keeps a cache in it.
const emptyHome = mkdtempSync(path.join(tmpdir(), 'vaino-home-'))
afterAll(() => rmSync(emptyHome, { recursive: true }))
const homeOf = (home: string) => ({ HOME: home, KUBECONFIG: '', CLOUDSDK_CONFIG: '' })
const s3 =
  'terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "net.tfstate"\n    access_key = "do-not-show"\n  }\n}\n'
const aws = '[default]\n[profile ops]\nrole_arn = x\n[profile dev]\n'

test('at a terminal init asks one key for each thing that it found, and watches no cloud by default', async () => {
  await using folder = await temporaryFolder()
  await write(folder.path, {
    'app/terraform.tfstate': stateOf({ app: 1 }),
    'net/main.tf': s3,
    'old/main.tf': 'terraform {\n  backend "consul" {}\n}\n',
    'app/.terraform/providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/provider': '',
    '.aws/config': aws,
    '.config/gcloud/configurations/config_default': '[core]\nproject = acme-shop\n',
  })
  await using init = atTerminal(['init'], { cwd: folder.path, env: homeOf(folder.path) })
  await init.until(/found 1 Terraform state below \.\/app/)
  await init.until(/found a backend s3 in \.\/net, which is read by terraform:s3:\/\/states\/net\.tfstate/)
  await init.until(/found a backend consul in \.\/old\. No source reads it: `terraform state pull/)
  await init.until(/found providers: hashicorp\/aws 5\.100\.0/)
  await init.until(/Watch 1 Terraform state below \.\/app\? \[Y\/n\] /)
  init.type('\r')
  await init.until(/Read the real things behind them too, with the providers found\? \[y\/N\] /)
  init.type('y')
  await init.until(/Watch terraform:s3:\/\/states\/net\.tfstate\? \[y\/N\] /)
  // Neither an arrow nor another letter answers; what is typed ahead answers what comes next.
  init.type('\u001b[A')
  init.type('xnY')
  await init.until(/Watch AWS: default, ops, dev\? \[y\/N\] yes/)
  await init.until(/aws:default\? \[y\/N\] /)
  init.type('\r')
  await init.until(/aws:ops\? \[y\/N\] /)
  init.type('y')
  await init.until(/aws:dev\? \[y\/N\] /)
  init.type('n')
  await init.until(/Watch Google Cloud: acme-shop\? \[y\/N\] /)
  init.type('\r')
  expect(await init.ended).toBe(0)
  expect(init.screen).toContain('grant: vaino config permissions --source aws:ops prints the IAM policy')
  expect(init.screen).toContain('vaino.yaml is written')
  const written = await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')
  expect(init.screen + written).not.toContain('do-not-show')
  expect(parse(written)).toEqual({ sources: [{ kind: 'terraform', where: './app', live: true }, 'aws:ops'] })
  expect(parse(written.replaceAll('  # - ', '  - ')).sources.slice(2)).toEqual([
    ...['terraform:s3://states/net.tfstate', 'aws:default', 'aws:dev', 'gcp:acme-shop'],
  ])
  expect(written).toContain('# Grant: vaino config permissions --source aws:ops prints the IAM policy (docs/aws.md)')
})

test('in an empty home init says nothing of clouds, and asks for a source by its name', async () => {
  await using folder = await temporaryFolder()
  await using init = atTerminal(['init'], { cwd: folder.path, env: homeOf(path.join(folder.path, 'nowhere')) })
  await init.until(/^What to watch, as KIND:WHERE \(empty: only what is sent\): /)
  init.type('asw:ops\r')
  await init.until(/"asw" is no kind of source\. Did you mean aws\?\s+What to watch[^?]*: /)
  init.type('aws:ops\r')
  expect(await init.ended).toBe(0)
  expect(parse(await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8'))).toEqual({ sources: ['aws:ops'] })

  await using nothing = atTerminal(['init', '--force'], { cwd: folder.path, env: homeOf(emptyHome) })
  await nothing.until(/what is sent\): /)
  nothing.type('\r')
  expect(await nothing.ended).toBe(0)
  expect(parse(await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8'))).toEqual({ sources: [] })
})

test('Ctrl-C and the end of input at a question end init, and nothing is written', async () => {
  await using folder = await temporaryFolder()
  await write(folder.path, { 'app/terraform.tfstate': stateOf({ app: 1 }) })
  for (const [key, code] of [
    ['\u0003', 130],
    ['\u0004', 2],
  ] as const) {
    await using init = atTerminal(['init'], { cwd: folder.path, env: homeOf(emptyHome) })
    await init.until(/\[Y\/n\] /)
    init.type(key)
    expect(await init.ended).toBe(code)
    expect(await readdir(folder.path)).toEqual(['app'])
  }
  await using named = atTerminal(['init'], { cwd: path.join(folder.path, 'app'), env: homeOf(emptyHome) })
  await named.until(/\[Y\/n\] /)
  named.type('n')
  await named.until(/what is sent\): /)
  named.type('\u0003')
  expect(await named.ended).toBe(130)
  expect(await readdir(path.join(folder.path, 'app'))).toEqual(['terraform.tfstate'])
  await using ended = atTerminal(['init'], { cwd: path.join(folder.path, 'app'), env: homeOf(emptyHome) })
  await ended.until(/\[Y\/n\] /)
  ended.type('n')
  await ended.until(/what is sent\): /)
  ended.type('\u0004')
  expect(await ended.ended).toBe(2)
  expect(ended.screen).toContain('the input ended before all was answered')
})

test('with --yes nothing is asked at a terminal either', async () => {
  await using folder = await temporaryFolder()
  await write(folder.path, { 'app/terraform.tfstate': stateOf({ app: 1 }), '.aws/config': aws })
  await using init = atTerminal(['init', '--yes'], { cwd: folder.path, env: homeOf(folder.path) })
  expect(await init.ended).toBe(0)
  expect(init.screen).not.toContain('[y/N]')
  expect(parse(await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8'))).toEqual({ sources: ['terraform:./app'] })
})

test('init starts no credential helper and connects to nothing', async () => {
  await using folder = await temporaryFolder()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const mark = path.join(folder.path, 'started')
  await write(folder.path, {
    'app/terraform.tfstate': stateOf({ app: 1 }),
    'web/main.tf': `terraform {\n  backend "http" {\n    address = "${at.replace('//', '//me:do-not-show@')}/s?token=do-not-show"\n  }\n}\n`,
    '.aws/config': `[profile ops]\ncredential_process = touch ${mark}\n`,
    '.kube/config': JSON.stringify({
      contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: at } }],
      users: [
        {
          name: 'u',
          user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: [mark] } },
        },
      ],
    }),
  })
  await using init = atTerminal(['init'], {
    cwd: folder.path,
    env: { ...homeOf(folder.path), AWS_ENDPOINT_URL: at, HTTPS_PROXY: at, HTTP_PROXY: at },
  })
  for (const offered of [
    /below \.\/app\? /,
    /Watch terraform:http:.*\? /,
    /Watch AWS: ops\? /,
    /Kubernetes: prod\? /,
  ]) {
    await init.until(offered)
    init.type('y')
  }
  expect(await init.ended).toBe(0)
  server.close()
  expect([connections, existsSync(mark)]).toEqual([0, false])
  const written = await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')
  expect(init.screen + written).not.toContain('do-not-show')
  expect(parse(written).sources).toEqual(['terraform:./app', `terraform:${at}/s`, 'aws:ops', 'kubernetes:prod'])
})
