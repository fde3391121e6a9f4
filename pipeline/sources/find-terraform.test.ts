import { expect, test } from 'bun:test'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { findTerraform } from './find-terraform.ts'

const local = (file: string) => `terraform {\n  backend "local" {\n    path = "${file}"\n  }\n}`

test('states, backends and providers are found below a folder, and nothing in folders of other programs', async () => {
  await using folder = await temporaryFolder()
  await folder.write('infra/a/terraform.tfstate', 'never read')
  await folder.write('infra/b/deep/prod.tfstate', 'never read')
  await folder.write('infra/node_modules/x/terraform.tfstate', '')
  await folder.write('infra/a/.terraform/terraform.tfstate', JSON.stringify({ backend: { type: 'pg', config: {} } }))
  for (const module of ['a', 'b'])
    await folder.write(`infra/${module}/.terraform/providers/registry.example/corp/dns/1.2.0/linux_amd64/x`, '')
  await folder.write('infra/b/main.tofu', 'terraform {\n  backend "gcs" {\n    bucket = "b"\n  }\n}')
  expect(await findTerraform(folder.path)).toEqual({
    states: { count: 2, folder: './infra' },
    backends: [
      { folder: 'infra/a', type: 'pg', source: '' },
      { folder: 'infra/b', type: 'gcs', source: 'terraform:gs://b/' },
    ],
    providers: ['corp/dns 1.2.0'],
    isWhole: true,
  })
})

test('a local backend is a source where its file is there and is found by nothing else', async () => {
  await using folder = await temporaryFolder()
  await folder.write('a/main.tf', local('../kept/prod.json'))
  await folder.write('b/main.tf', local('../kept/b.tfstate'))
  expect((await findTerraform(folder.path)).backends).toEqual([])
  await folder.write('kept/prod.json', '{}')
  await folder.write('kept/b.tfstate', '{}')
  const found = { folder: 'a', type: 'local', source: 'terraform:./kept/prod.json' }
  expect((await findTerraform(folder.path)).backends).toEqual([found])
  const from = await findTerraform(`${folder.path}/a`)
  expect(from.backends).toEqual([{ ...found, folder: '.', source: 'terraform:../kept/prod.json' }])
})
