import { expect, test } from 'bun:test'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import type { BinaryPlaces } from '../provider/provider.ts'
import { ProviderError } from '../provider/provider-error.ts'
import { findBinary } from './binary.ts'
import { folderHash } from './folder-hash.ts'
import { newestFirst, platform } from './mirror.ts'

const never = new AbortController().signal
const address = 'registry.terraform.io/acme/thing'
const tofu = 'registry.opentofu.org/acme/thing'

/** A machine of its own: nothing of this one's home and environment is looked at. */
const placesIn = (folder: TemporaryFolder, more: Partial<BinaryPlaces> = {}): BinaryPlaces => ({
  rootModule: `${folder.path}/infra`,
  providers: [],
  ...more,
  environment: { HOME: `${folder.path}/home`, XDG_DATA_DIRS: `${folder.path}/share`, ...more.environment },
})

async function provider(mirror: string, version: string, { content = version, of = address } = {}): Promise<string> {
  const folder = path.join(mirror, of, version, platform)
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, `terraform-provider-thing_v${version}_x5`)
  await writeFile(file, content)
  await chmod(file, 0o755)
  await writeFile(path.join(folder, 'LICENSE.txt'), 'MPL')
  return file
}

const lockOf = (version: string, hashes: readonly string[], of = address): string =>
  `# This file is maintained automatically by "terraform init".
provider "registry.terraform.io/other/thing" {
  version = "9.9.9"
}

provider "${of}" {
  version     = "${version}"
  constraints = "~> 1.0, != 1.5.0"
  hashes = [
${hashes.map((hash) => `    "${hash}",`).join('\n')}
    "zh:0123",
  ]
}
`

async function refusal(places: BinaryPlaces): Promise<ProviderError> {
  try {
    const { path: found } = await findBinary(address, places, never)
    throw new Error(`found ${found}`)
  } catch (error) {
    if (error instanceof ProviderError) return error
    throw error
  }
}

test('each place where Terraform puts providers is looked into', async () => {
  const cli =
    (content: string, name = 'home/.terraformrc') =>
    async (folder: TemporaryFolder) => {
      await folder.write(name, content)
      return {}
    }
  const places: Record<string, [mirror: string, (folder: TemporaryFolder) => Promise<Partial<BinaryPlaces>>]> = {
    'the root module': ['infra/.terraform/providers', async () => ({})],
    'its data folder of another name': [
      'data/providers',
      async (folder) => ({ environment: { TF_DATA_DIR: `${folder.path}/data` } }),
    ],
    'a folder that the user names': ['named', async (folder) => ({ providers: [`${folder.path}/named`] })],
    'a named folder below the root module': ['infra/vendor', async () => ({ providers: ['vendor'] })],
    'the cache': ['cache', async (folder) => ({ environment: { TF_PLUGIN_CACHE_DIR: `${folder.path}/cache` } })],
    'the cache of the configuration': ['home/cache', cli('plugin_cache_dir = "$HOME/cache" # here\n')],
    'a mirror of the configuration': [
      'home/mirror',
      cli(
        'provider_installation {\n  filesystem_mirror {\n    path    = "~/mirror"\n    include = ["acme/*"]\n  }\n  direct {}\n}',
      ),
    ],
    'a configuration of another name': [
      'home/m',
      async (folder) => ({
        environment: {
          TF_CLI_CONFIG_FILE: await folder.write(
            'my.tfrc',
            `provider_installation { filesystem_mirror { path = "${folder.path}/home/m" } }`,
          ),
        },
      }),
    ],
    'a fragment': ['home/f', cli(`plugin_cache_dir = "\${HOME}/f"`, 'home/.terraform.d/x.tfrc')],
    'the home': ['home/.terraform.d/plugins', async () => ({})],
    'beside the module': ['infra/terraform.d/plugins', async () => ({})],
    ...(process.platform === 'linux' && {
      'shared data': ['share/terraform/plugins', async () => ({})],
      "one's own data": ['home/.local/share/terraform/plugins', async () => ({})],
    }),
  }
  for (const [what, [mirror, arrange]] of Object.entries(places)) {
    await using folder = await temporaryFolder()
    const file = await provider(path.join(folder.path, mirror), '1.2.3')
    const found = await findBinary(address, placesIn(folder, await arrange(folder)), never)
    expect([what, found]).toEqual([what, { address, version: '1.2.3', path: file, hash: null }])
  }
})

test('a mirror for other providers is left out, and the implied ones are where a mirror is named', async () => {
  await using folder = await temporaryFolder()
  await provider(`${folder.path}/m`, '1.0.0')
  await provider(`${folder.path}/home/.terraform.d/plugins`, '1.0.0')
  const mirror = (rule: string) =>
    folder.write(
      'home/.terraformrc',
      `provider_installation {\n filesystem_mirror {\n path = "${folder.path}/m"\n ${rule}\n }\n}`,
    )
  for (const rule of ['include = ["example.test/*/*"]', 'include = ["acme/other"]', 'exclude = ["*/*"]']) {
    await mirror(rule)
    expect(await refusal(placesIn(folder))).toMatchObject({ reason: 'no_binary' })
  }
  await mirror('include = ["registry.terraform.io/acme/*"]')
  expect((await findBinary(address, placesIn(folder), never)).version).toBe('1.0.0')
})

test('without a lock the newest version of the first place counts, with one its version wherever it is', async () => {
  await using folder = await temporaryFolder()
  const first = `${folder.path}/infra/.terraform/providers`
  for (const version of ['1.9.0', '1.10.0', '1.10.0-beta1']) await provider(first, version)
  for (const version of ['1.8.0', '2.0.0']) await provider(`${folder.path}/home/.terraform.d/plugins`, version)
  expect((await findBinary(address, placesIn(folder), never)).version).toBe('1.10.0')
  await folder.write('infra/.terraform.lock.hcl', lockOf('1.8.0', []))
  expect((await findBinary(address, placesIn(folder), never)).version).toBe('1.8.0')
  await folder.write('infra/.terraform.lock.hcl', lockOf('3.0.0', []))
  const error = await refusal(placesIn(folder))
  expect(error.message).toContain(`${address} 3.0.0 for ${platform} was not found in ${first}, `)
  expect(error.message).toEndWith('there are 2.0.0, 1.10.0, 1.10.0-beta1, 1.9.0, 1.8.0')
})

test('the two public registries are one, in folders and in locks, and no others are', async () => {
  await using folder = await temporaryFolder()
  const mirror = `${folder.path}/infra/.terraform/providers`
  const file = await provider(mirror, '1.2.3', { of: tofu })
  await folder.write('infra/.terraform.lock.hcl', lockOf('1.2.3', [await folderHash(path.dirname(file), never)], tofu))
  expect(await findBinary(address, placesIn(folder), never)).toMatchObject({
    address,
    path: file,
    hash: expect.stringMatching(/^h1:/),
  })
  expect(findBinary('example.test/acme/thing', placesIn(folder), never)).rejects.toMatchObject({ reason: 'no_binary' })
})

test('a binary that is not the locked one is refused, and the right one is found behind it', async () => {
  await using folder = await temporaryFolder()
  const wrong = await provider(`${folder.path}/infra/.terraform/providers`, '1.2.3', { content: 'evil' })
  const right = await provider(`${folder.path}/home/.terraform.d/plugins`, '1.2.3')
  const hash = await folderHash(path.dirname(right), never)
  await folder.write('infra/.terraform.lock.hcl', lockOf('1.2.3', ['h1:another', hash]))
  expect(await findBinary(address, placesIn(folder), never)).toEqual({ address, version: '1.2.3', path: right, hash })
  await rename(`${folder.path}/home/.terraform.d`, `${folder.path}/home/gone`)
  const error = await refusal(placesIn(folder))
  expect(error).toMatchObject({ reason: 'wrong_hash', hint: expect.stringContaining('terraform init') })
  expect(error.message).toContain(path.dirname(wrong))
  // The same length, the same second: what was known of the file is not believed.
  await writeFile(wrong, '1.2.3')
  expect((await findBinary(address, placesIn(folder), never)).path).toBe(wrong)
})

test('a packed provider is not unpacked; the error says how', async () => {
  await using folder = await temporaryFolder()
  const zip = await folder.write(
    `infra/.terraform/providers/${address}/terraform-provider-thing_1.2.3_${platform}.zip`,
    'PK',
  )
  await folder.write(`infra/.terraform/providers/${address}/terraform-provider-thing_1.2.3_plan9_mips.zip`, 'PK')
  const error = await refusal(placesIn(folder))
  expect(error.message).toBe(`${address} for ${platform} is only there packed, as ${zip}`)
  expect(error.hint).toContain(`unzip ${zip} -d ${path.join(path.dirname(zip), '1.2.3', platform)}`)
})

test('what cannot be read is said, and nothing of what stands there', async () => {
  await using folder = await temporaryFolder()
  await folder.write('home/.terraformrc', 'credentials "x" {\n  token = hunter2 ??\n}')
  const error = await refusal(placesIn(folder))
  expect(error.message).toContain(`could not be read: ${folder.path}/home/.terraformrc (line 2 is not understood)`)
  expect(error.message).not.toContain('hunter2')
  await folder.write(
    'home/.terraformrc',
    'host "x" {\n  services = { "a.v1" = "b", c = [{}] }\n}\n/* no\nmore */ plugin_cache_dir = "$HOME/c"',
  )
  expect((await refusal(placesIn(folder))).message).toContain(`${folder.path}/home/c`)
  await folder.write('infra/.terraform.lock.hcl', 'provider "x" {')
  expect(await refusal(placesIn(folder))).toMatchObject({
    reason: 'wrong_hash',
    message: expect.stringContaining('.terraform.lock.hcl'),
  })
})

test('a folder that is a link is hashed as what it links to', async () => {
  await using folder = await temporaryFolder()
  const file = await provider(`${folder.path}/cache`, '1.2.3')
  const hash = await folderHash(path.dirname(file), never)
  const link = `${folder.path}/infra/.terraform/providers/${address}/1.2.3`
  await mkdir(link, { recursive: true })
  await symlink(path.dirname(file), path.join(link, platform))
  await folder.write('infra/.terraform.lock.hcl', lockOf('1.2.3', [hash]))
  expect((await findBinary(address, placesIn(folder), never)).hash).toBe(hash)
})

test("the hash of a folder is Go's", async () => {
  await using folder = await temporaryFolder()
  await folder.write('b.txt', 'b\n')
  await folder.write('a/ü.txt', 'a\n')
  await folder.write('A', '')
  // By hand: sha256sum A a/ü.txt b.txt | sha256sum | xxd -r -p | base64
  expect(await folderHash(folder.path, never)).toBe('h1:xI/BgOhJxxuBKizShjdKQ4sZ63aSZR4IH7EvjUsrAHQ=')
})

test('versions are ordered as versions', () => {
  const versions = ['1.2.3', '1.10.0', '1.10.0-rc1', '2.0.0', '1.9.12', '1.10.0-beta2']
  expect(versions.toSorted(newestFirst)).toEqual(['2.0.0', '1.10.0', '1.10.0-rc1', '1.10.0-beta2', '1.9.12', '1.2.3'])
})
