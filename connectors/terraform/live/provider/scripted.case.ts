import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { TemporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import type { JsonObject } from '../../parse-bytes.ts'
import { type KeptFiles, keptFiles } from '../kept-files.ts'
import type { Provider, ProviderOptions, StateInstance } from './provider.ts'
import { openProvider } from './reader.ts'

// A provider that is a script of ours, and how tests open it: what it does is said by the instances that it reads. See scripted-provider.case.ts.

const never = new AbortController().signal
const programIn = (folder: string): string => `${folder}/terraform-provider-test`

/** Puts the program into a folder, once, because a schema is known by its binary. */
export async function scriptedProvider(folder: TemporaryFolder): Promise<void> {
  const path = programIn(folder.path)
  if (existsSync(path)) return
  const script = fileURLToPath(new URL('scripted-provider.case.ts', import.meta.url))
  await folder.write('terraform-provider-test', `#!/bin/sh\nexec ${process.execPath} ${script}\n`)
  await chmod(path, 0o755)
}

export function openScripted(
  folder: string,
  options: Partial<ProviderOptions> = {},
  signal = never,
  kept: KeptFiles | null = null,
): Promise<Provider> {
  process.env.TEST_PROVIDER = folder
  return openProvider(
    {
      binary: { address: 'example.test/acme/test', version: '1.0.0', path: programIn(folder), hash: null },
      workingDirectory: folder,
      configuration: { region: 'eu' },
      env: ['TEST_PROVIDER'],
      concurrency: 4,
      readTimeoutMs: 20_000,
      startTimeoutMs: 20_000,
      redactText: (text) => text.replaceAll('hunter2', '(redacted)'),
      ...options,
    },
    signal,
    kept,
  )
}

export const scriptedInstance = (attributes: JsonObject, more: Partial<StateInstance> = {}): StateInstance => ({
  ...{ address: `test_thing.${attributes.name}`, type: 'test_thing', schemaVersion: 3, private: null },
  ...{ attributes: Buffer.from(JSON.stringify(attributes)), identity: null, identitySchemaVersion: null },
  ...more,
})

/** Run as a process of its own: opens the provider of a folder twice at once, and prints what each knows and reads. */
if (import.meta.main) {
  const [folder = ''] = process.argv.slice(2)
  const said = await Promise.all(
    [1, 2].map(async () => {
      await using provider = await openScripted(folder, {}, never, keptFiles('provider-schemas', process.env))
      const { version } = await provider.schemaOf('test_thing', never)
      return `${version} ${(await provider.read(scriptedInstance({ name: 'a' }), never)).kind}`
    }),
  )
  process.stdout.write(said.join(' '))
}
