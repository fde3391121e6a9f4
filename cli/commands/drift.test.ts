import { expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { scanOf } from '../../pipeline/drift/estate.case.ts'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { startVaino, temporaryFolder, vaino } from '../test-cli.ts'

async function estate() {
  const folder = await temporaryFolder()
  const infra = path.join(folder.path, 'infra')
  await mkdir(infra)
  const kubernetes = { type: 'kubernetes_pod', provider: 'provider["registry.terraform.io/hashicorp/kubernetes"]' }
  const random = { type: 'random_pet', provider: 'provider["registry.terraform.io/hashicorp/random"]' }
  const resources = [
    resource4('web', { id: 'i-1', arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1' }),
    resource4('pod', { id: 'default/pod' }, kubernetes),
    resource4('pet', { id: 'cat' }, random),
  ]
  await writeFile(path.join(infra, 'terraform.tfstate'), state4(resources))
  const drift = (...more: string[]) =>
    vaino(['drift', '--source', 'terraform:infra', ...more], {
      cwd: folder.path,
      env: { TF_CLI_CONFIG_FILE: '/dev/null' },
    })
  return { drift, folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test('without a provider on the disk nothing is known, which is said with the next step, and ends with 2', async () => {
  await using scene = await estate()
  const { code, stdout, stderr } = await scene.drift('--live')
  expect(stderr).toBe('')
  expect(stdout).toContain('infra  2 resources\n')
  expect(stdout).toMatch(
    / {2}\? aws_instance\.web not read, because the provider is not on this disk: .*\n {6}.*terraform init/,
  )
  expect(stdout).toMatch(
    / {2}\? kubernetes_pod\.pod not read, because the provider is not configured: .*\n {6}.*live: \{configurations:/,
  )
  expect(stdout).toContain('Nothing of what is known has drifted, but 2 of 2 resources in 1 state are not known')
  expect(stdout).not.toContain('random_pet')
  expect(code).toBe(2)
})

test('the same for programs', async () => {
  await using scene = await estate()
  const { code, stdout } = await scene.drift('--live', '-o', 'json')
  const { drift, coverage } = JSON.parse(stdout) as {
    drift: { address: string; status: string; reason: string }[]
    coverage: object
  }
  expect(drift.map(({ address, status, reason }) => [address, status, reason])).toEqual([
    ['aws_instance.web', 'unknown', 'no_binary'],
    ['kubernetes_pod.pod', 'unknown', 'not_configured'],
  ])
  expect(coverage).toMatchObject({ managed: 2, unknown: 2, percent: 0 })
  expect(code).toBe(2)
  const driftctl = JSON.parse((await scene.drift('--live', '-o', 'driftctl')).stdout) as {
    alerts: object
    summary: object
  }
  expect(Object.keys(driftctl.alerts).sort()).toEqual(['aws_instance', 'kubernetes_pod'])
  expect(driftctl.summary).toMatchObject({ total_changed: 0, total_missing: 0, total_iac_source_count: 1 })
})

test('a cluster that can’t be reached is not one without drift, in no format', async () => {
  await using folder = await temporaryFolder()
  const cluster = { name: 'c', cluster: { server: 'http://127.0.0.1:9' } }
  const context = { name: 'x', context: { cluster: 'c', user: 'u' } }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster],
    contexts: [context],
    users: [{ name: 'u', user: {} }],
  }
  await writeFile(path.join(folder.path, 'kubeconfig'), JSON.stringify(kubeconfig))
  const drift = (format: string) =>
    vaino(['drift', '--source', 'kubernetes:x', '-o', format], {
      cwd: folder.path,
      env: { KUBECONFIG: path.join(folder.path, 'kubeconfig') },
    })
  for (const format of ['table', 'markdown', 'json']) {
    const { code, stdout, stderr } = await drift(format)
    expect(`${stdout}${stderr}`).toContain('cannot be reached')
    expect(`${stdout}${stderr}`).not.toMatch(/No resources|0 resources|100 %|everything is|"percent": 100/)
    if (format !== 'json') expect(stdout).toContain('Nothing is known: 1 state or kind could not be read')
    expect(code).toBe(2)
  }
})

test('a state that can’t be read is no part of what is said to be known', async () => {
  await using scene = await estate()
  await writeFile(path.join(scene.folder.path, 'infra', 'broken.tfstate'), '{')
  const { code, stdout } = await scene.drift('--live')
  expect(stdout).toContain('2 of 2 resources in 2 states are not known; 1 state or kind could not be read\n')
  expect(stdout).toContain('0 % of what was read is known')
  expect(code).toBe(2)
})

test('no provider is run where nobody asked for it', async () => {
  await using scene = await estate()
  const { code, stderr } = await scene.drift()
  expect(stderr).toContain('The real things are not read, because no source has `live`')
  expect(stderr).toContain('Add --live')
  expect(code).toBe(2)
})

test('a path that leads nowhere is said at once, with and without something to compare with', async () => {
  await using folder = await temporaryFolder()
  for (const more of [[], ['--live'], ['--source', 'aws:']]) {
    const { code, stderr } = await vaino(['drift', '--source', 'terraform:nope', ...more], { cwd: folder.path })
    expect(stderr).toStartWith('vaino: no file, folder or glob nope leads to a Terraform state')
    expect(code).toBe(2)
  }
})

test('what is collected is not read where there is no state to compare it with', async () => {
  await using folder = await temporaryFolder()
  const { code, stderr } = await vaino(['drift', '--source', 'aws:'], { cwd: folder.path })
  expect(stderr).toContain('No states are named that what is collected could be compared with')
  expect(stderr).toContain('vaino drift --source kubernetes:CONTEXT')
  expect(code).toBe(2)
})

test('what is asked wrongly is named', async () => {
  await using scene = await estate()
  expect((await scene.drift('--live', '--status', 'chnged')).stderr).toContain('Did you mean changed?')
  expect((await scene.drift('--live', '--state', 'prod')).stderr).toContain('No state has "prod" in its path')
  const none = await vaino(['drift', '--live'], { cwd: scene.folder.path })
  expect(none.stderr).toContain('no source is a Terraform state')
})

test('config show prints what is inferred for the providers, and what must be given', async () => {
  await using scene = await estate()
  const show = ['config', 'show', '--source', 'terraform:infra', '--live', '-o', 'json']
  const { stdout } = await vaino(show, { cwd: scene.folder.path })
  const rows = JSON.parse(stdout) as { key: string; value: unknown; from: string }[]
  expect(rows.filter(({ key }) => key.startsWith('sources['))).toEqual([
    {
      key: 'sources[0].live.configurations.registry.terraform.io/hashicorp/aws',
      value: { region: 'eu-west-1', allowed_account_ids: ['111122223333'] },
      from: 'inferred from 1 resource of infra/terraform.tfstate',
    },
    {
      key: 'sources[0].live.configurations.registry.terraform.io/hashicorp/kubernetes',
      value: null,
      from: 'nothing tells, for 1 resource of infra/terraform.tfstate: give it',
    },
  ])
})

test('what is wrong inside of live is named with its line', async () => {
  await using scene = await estate()
  const live = ['every: 5x', 'concurency: 3', 'configurations: {aws.eu: {}}'].map((line) => `      ${line}`).join('\n')
  const source = `sources:\n  - kind: terraform\n    where: infra\n    live:\n${live}\n`
  await writeFile(path.join(scene.folder.path, 'vaino.yaml'), source)
  const { stderr } = await vaino(['config', 'check'], { cwd: scene.folder.path })
  expect(stderr).toContain('vaino.yaml:5:14: sources[0].live.every: expected a duration')
  expect(stderr).toContain('vaino.yaml:6:7: sources[0].live.concurency is no key; did you mean concurrency?')
  expect(stderr).toContain('sources[0].live.configurations.aws.eu: expected a provider as the state names it')
})

test('a baseline is compared with by a server that has it, in words, in JSON and by the exit code', async () => {
  await using folder = await temporaryFolder()
  await using running = await startVaino(['up', '--data-dir', 'data', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  const [url] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
  const scope = 'acme/-/-/queues'
  const scan = (name: string, sizes: Readonly<Record<string, number>>) =>
    fetch(`${url}/v1/ingest`, {
      method: 'POST',
      body: scanOf(
        scope,
        name,
        Object.entries(sizes).map(([id, size]) => ({
          id,
          type: 'acme_queue',
          provider: 'acme',
          configuration: { size },
        })),
      )
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(''),
    }).then(({ status }) => expect(status).toBe(200))
  const against = (...more: string[]) =>
    vaino(['drift', '--against', 'monday', '--server', url, ...more], { cwd: folder.path })
  await scan('s1', { jobs: 1, mails: 1, old: 1, more: 1, yet_more: 1 })
  expect((await against()).stderr).toContain('There is no baseline monday')
  await vaino(['baseline', 'save', 'monday', '--server', url], { cwd: folder.path })
  const same = await against()
  expect([same.code, same.stdout]).toEqual([
    0,
    expect.stringContaining('All of 5 resources of monday are as they were'),
  ])
  await scan('s2', { jobs: 2, mails: 1, more: 1, yet_more: 1, new: 1 })
  const { code, stdout } = await against()
  expect(stdout).toContain('acme  3 resources')
  expect(stdout).toMatch(
    / {2}~ jobs.*\n {6}configuration\.size {2}1 → 2\n {6}since .*\n {6}vaino history acme\/-\/-\/queues\/jobs\n/,
  )
  expect(stdout).toMatch(/ {2}- old/)
  expect(stdout).toMatch(/ {2}\+ new/)
  expect(stdout).toContain('Of 5 resources of monday: 1 changed, 1 gone; 1 new')
  expect(code).toBe(1)
  const one = await against('--status', 'missing', '--state', 'queues', '-o', 'json')
  const { drift, coverage } = JSON.parse(one.stdout) as { drift: object[]; coverage: object }
  expect(drift).toMatchObject([{ address: 'old', status: 'missing', key: `${scope}/old`, state: scope }])
  expect(coverage).toMatchObject({ managed: 5, in_sync: 3, changed: 1, missing: 1, unmanaged: 1, percent: 100 })
  expect((await vaino(['drift', '--against', 'monday', '--live'])).stderr).toContain('answered by a running vaino')
  expect((await against('-o', 'driftctl')).stderr).toContain('driftctl knows states alone')
})
