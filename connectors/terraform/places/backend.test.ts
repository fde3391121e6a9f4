import { expect, test } from 'bun:test'
import path from 'node:path'
import { openSource } from '../../../test/sources/scan-all.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { terraform } from '../connector.ts'
import { backendSource } from './backend.ts'

const s3Block = `
terraform {
  # backend "gcs" { bucket = "old" }
  backend "s3" {
    bucket = "states"
    key    = "prod/a b.tfstate"
    region = "eu-west-1"
    assume_role = { role_arn = "x" }
  }
}`

test('a folder with a backend block says which source reads its state', async () => {
  await using folder = await temporaryFolder()
  await folder.write('main.tf', s3Block)
  const source = openSource(terraform, folder.path)
  const targets = async () => {
    for await (const _ of source.targets(new AbortController().signal)) return
  }
  await expect(targets()).rejects.toMatchObject({
    message: `no Terraform state is found in ${folder.path}: its backend is s3`,
    hint: 'Its state is read by --source terraform:s3://states/prod/a%20b.tfstate?region=eu-west-1',
  })
})

test('what terraform init has noted goes before the block, whose values may be given to it elsewhere', async () => {
  await using folder = await temporaryFolder()
  await folder.write('main.tf', 'terraform {\n  backend "s3" {\n  }\n}')
  expect(await backendSource(folder.path)).toEqual({ type: 's3', source: '' })
  const config = { bucket: 'b', key: 'k', region: null, secret_key: 'hunter2' }
  await folder.write('.terraform/terraform.tfstate', JSON.stringify({ version: 3, backend: { type: 's3', config } }))
  expect(await backendSource(folder.path)).toEqual({ type: 's3', source: 'terraform:s3://b/k' })
})

test('HCP Terraform is named by its host, its organization and its workspace', async () => {
  await using folder = await temporaryFolder()
  await folder.write(
    'a.tf',
    'terraform {\n  cloud {\n    organization = "corp"\n    workspaces {\n      name = "prod"\n    }\n  }\n}',
  )
  const cloud = { type: 'cloud', source: 'terraform:tfe://app.terraform.io/corp/prod' }
  expect(await backendSource(folder.path)).toEqual(cloud)
  const config = {
    hostname: 'tfe.example',
    organization: 'corp',
    token: 'hunter2',
    workspaces: [{ name: null, prefix: 'x' }],
  }
  await folder.write('.terraform/terraform.tfstate', JSON.stringify({ backend: { type: 'remote', config } }))
  expect(await backendSource(folder.path)).toEqual({ type: 'remote', source: 'terraform:tfe://tfe.example/corp/' })
})

test('a bucket of Google Cloud and a container of Azure are named too', async () => {
  await using folder = await temporaryFolder()
  const of = async (type: string, settings: string) => {
    await folder.write('a.tf', `terraform {\n  backend "${type}" {\n${settings}\n  }\n}`)
    return (await backendSource(folder.path))?.source
  }
  expect(await of('gcs', 'bucket = "b"\nprefix = "infra/prod"')).toBe('terraform:gs://b/infra/prod/')
  const azure = 'storage_account_name = "a"\ncontainer_name = "c"\nkey = "prod.tfstate"'
  expect(await of('azurerm', azure)).toBe('terraform:azurerm://a/c/prod.tfstate')
  expect(await of('azurerm', 'key = "prod.tfstate"')).toBe('')
})

test('an address is named without its password, a backend that no source reads as such, and no backend is none', async () => {
  await using folder = await temporaryFolder()
  expect(await backendSource(folder.path)).toBeNull()
  await folder.write(
    'a.tf',
    'terraform {\n  backend "http" {\n    address = "https://me:hunter2@gitlab.example/state?private_token=hunter2"\n  }\n}',
  )
  expect(await backendSource(folder.path)).toEqual({ type: 'http', source: 'terraform:https://gitlab.example/state' })
  await folder.write('a.tf', 'terraform {\n  backend "consul" {\n    path = "x"\n  }\n}')
  expect(await backendSource(folder.path)).toEqual({ type: 'consul', source: '' })
  await folder.write('a.tf', 'terraform {\n  backend "local" {\n    path = "../all/prod.json"\n  }\n}')
  const file = path.resolve(folder.path, '../all/prod.json')
  expect(await backendSource(folder.path)).toEqual({ type: 'local', source: `terraform:${file}` })
  await folder.write('a.tf', 'resource "a" "b" {}')
  expect(await backendSource(folder.path)).toBeNull()
})
