import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Json } from '../../model/resource.ts'
import { needs } from '../lanes.ts'

const attributesSchema = z.record(z.string(), z.json())
const changeSchema = z.object({
  address: z.string(),
  change: z.object({ actions: z.array(z.string()), before: z.unknown(), after: z.unknown() }),
})
const planSchema = z.object({ resource_drift: z.array(changeSchema).default([]) })

/** What Terraform found changed beside it: per address `'deleted'` or the names of the attributes that differ. */
export type RefreshedDrift = ReadonlyMap<string, 'deleted' | readonly string[]>

/** The real terraform in one root module, with providers from mirrors on the disk alone. */
export class RealTerraform {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv

  /**
   * @param folder the root module
   * @param mirrors filesystem mirrors, by the pattern of the providers that each serves
   * @param env variables for terraform and its providers; of our own only the search path is passed on
   */
  constructor(folder: string, mirrors: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    this.folder = folder
    const configuration = path.join(folder, 'cli.tfrc')
    const blocks = Object.entries(mirrors).map(
      ([pattern, mirror]) =>
        `  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ["${pattern}"]\n  }`,
    )
    writeFileSync(configuration, `disable_checkpoint = true\nprovider_installation {\n${blocks.join('\n')}\n}\n`)
    this.#env = {
      PATH: process.env.PATH,
      HOME: folder,
      TF_CLI_CONFIG_FILE: configuration,
      TF_IN_AUTOMATION: '1',
      ...env,
    }
  }

  init(): Promise<string> {
    return this.#run('init', '-input=false', '-no-color')
  }

  apply(...args: readonly string[]): Promise<string> {
    return this.#run('apply', '-auto-approve', '-input=false', '-no-color', ...args)
  }

  /** What a refresh finds changed, without a word into the state: the oracle of the drift tests. */
  async refreshedDrift(): Promise<RefreshedDrift> {
    await this.#run('plan', '-refresh-only', '-lock=false', '-input=false', '-no-color', '-out=refreshed.tfplan')
    const { resource_drift } = planSchema.parse(JSON.parse(await this.#run('show', '-json', 'refreshed.tfplan')))
    const found = resource_drift.map(({ address, change }): [string, 'deleted' | readonly string[]] => [
      address,
      change.actions.includes('delete') ? 'deleted' : differing(change.before, change.after),
    ])
    return new Map(found.filter(([, fields]) => fields.length > 0))
  }

  #run(...args: readonly string[]): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const child = spawn(needs.terraform.found ?? 'terraform', args, {
      cwd: this.folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout)
      reject(new Error(`terraform ${args[0]} ended with ${code}:\n${`${stdout}${stderr}`.slice(-4000)}`))
    })
    return promise
  }
}

/** The names of an object's members that differ, in order. Providers exchange null and empty values freely. */
function differing(before: unknown, after: unknown): readonly string[] {
  const [old, current] = [attributesSchema.parse(before), attributesSchema.parse(after)]
  return [...new Set([...Object.keys(old), ...Object.keys(current)])]
    .filter((name) => !isDeepStrictEqual(withoutEmpty(old[name] ?? null), withoutEmpty(current[name] ?? null)))
    .toSorted()
}

/** A value in which whatever is empty is null, and absent from an object. */
function withoutEmpty(value: Json): Json {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 || value === false ? null : value
  const members = Object.entries(value).map(([name, member]) => [name, withoutEmpty(member)] as const)
  const kept = members.filter(([, member]) => member !== null)
  return kept.length === 0 ? null : Object.fromEntries(kept)
}
