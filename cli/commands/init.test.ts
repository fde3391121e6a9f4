import { expect, test } from 'bun:test'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

test('init writes a configuration for the states below the folder, and up takes it', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['app', 'net']) {
    await mkdir(path.join(folder.path, 'infra', name), { recursive: true })
    await writeFile(path.join(folder.path, 'infra', name, 'terraform.tfstate'), stateOf({ [name]: 1 }))
  }
  const init = await vaino(['init', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  expect(init).toMatchObject({ code: 0, stdout: '' })
  expect(init.stderr).toContain('found 2 Terraform states below ./infra')
  const written = await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')
  expect(parse(written)).toEqual({ sources: ['terraform:./infra'], listen: '127.0.0.1:0' })
  await using up = startVaino(['up'], { cwd: folder.path })
  const [, url = ''] = await up.until(/listening on (\S+)/)
  await up.until(/"event":"source_/)
  expect((await vaino(['scopes', '--server', url])).code).toBe(0)

  const again = await vaino(['init'], { cwd: folder.path })
  expect(again.code).toBe(2)
  expect(again.stderr).toContain('vaino.yaml is there already')
  expect(await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')).toBe(written)
})

test('init with nothing to watch, and with a wrong flag, writes nothing and says what is needed', async () => {
  await using folder = await temporaryFolder()
  const nothing = await vaino(['init'], { cwd: folder.path })
  expect(nothing.code).toBe(2)
  expect(nothing.stderr).toContain('vaino init --source terraform:PATH')
  const wrong = await vaino(['init', '--source', 'terraform:./a', '--interval', 'soon'], { cwd: folder.path })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('soon')
  const misspelt = await vaino(['init', '--source', 'terrafrom:.'], { cwd: folder.path })
  expect(misspelt.code).toBe(2)
  expect(misspelt.stderr).toMatch(/"terrafrom" is no kind of source\n.*Did you mean terraform\?/)
  expect(await readdir(folder.path)).toEqual([])
})

test('init says what the tools of the user know, and writes it as sources that are commented out', async () => {
  await using folder = await temporaryFolder()
  const files = {
    'infra/terraform.tfstate': stateOf({ app: 1 }),
    '.aws/config':
      '[default]\nregion = eu-west-1\n[profile ops]\naws_secret_access_key = do-not-show\n[sso-session s]\n',
    '.kube/config': JSON.stringify({
      contexts: [{ name: 'admin@prod', context: { cluster: 'prod', user: 'admin' } }],
      clusters: [{ name: 'prod', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'admin', user: { token: 'do-not-show' } }],
    }),
    '.config/gcloud/active_config': 'work\n',
    '.config/gcloud/configurations/config_work': '[core]\naccount = ann@example.com\nproject = acme-shop\n',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder.path, name)), { recursive: true })
    await writeFile(path.join(folder.path, name), text)
  }
  const env = { HOME: folder.path, KUBECONFIG: '', CLOUDSDK_CONFIG: '' }
  const init = await vaino(['init'], { cwd: folder.path, env })
  expect(init.stderr).toContain('found AWS profiles: default, ops\n')
  expect(init.stderr).toContain('found Kubernetes contexts: admin@prod\n')
  expect(init.stderr).toContain("found gcloud's active project: acme-shop\n")
  const written = await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')
  expect(init.stderr + written).not.toContain('do-not-show')
  expect(parse(written)).toEqual({ sources: ['terraform:./infra'] })
  expect(parse(written.replaceAll('  # - ', '  - '))).toEqual({
    sources: ['terraform:./infra', 'aws:default', 'aws:ops', 'kubernetes:admin@prod', 'gcp:acme-shop'],
  })

  await writeFile(path.join(folder.path, '.kube/config'), '[')
  const broken = await vaino(['init', '--force'], { cwd: folder.path, env })
  expect(broken).toMatchObject({ code: 0 })
  expect(broken.stderr).toContain('could not look for Kubernetes contexts: ')
})
