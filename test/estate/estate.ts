import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { needs } from '../lanes.ts'
import { RealTerraform } from '../terraform/real-terraform.ts'
import { type TemporaryFolder, temporaryFolder } from '../terraform/temporary-folder.ts'
import { Moto } from './moto.ts'

/** A zip file with one small index.js. */
export const functionZip =
  'UEsDBBQAAAAAAAAAIVBVqIwQIAAAACAAAAAIAAAAaW5kZXguanNleHBvcnRzLmhhbmRsZXIgPSBhc3luYyAoKSA9PiB7fVBLAQIUAxQAAAAAAAAAIVBVqIwQIAAAACAAAAAIAAAAAAAAAAAAAACAAQAAAABpbmRleC5qc1BLBQYAAAAAAQABADYAAABGAAAAAAA='

const sources = fileURLToPath(new URL('terraform', import.meta.url))

/** Variables that keep terraform and its provider on loopback. */
export const awsVariables = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ACCESS_KEY_ID: 'example-only',
  AWS_SECRET_ACCESS_KEY: 'example-only',
  NO_PROXY: '127.0.0.1',
})

const stateSchema = z.object({
  resources: z.array(
    z.object({
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          attributes: z.record(z.string(), z.json()),
        }),
      ),
    }),
  ),
})

/** One copy of the estate: a root module with its state, and the AWS that it was applied to. */
export interface EstateCopy extends AsyncDisposable {
  readonly infra: string
  readonly endpoint: string
  readonly terraform: RealTerraform
}

/**
 * The estate of `terraform/`, applied once by the real terraform (a minute of CPU, two of waiting) and then copied, the
 * AWS with all that it holds and the root module with its state.
 */
export class Estate implements AsyncDisposable {
  readonly #folder: TemporaryFolder
  readonly #moto: Moto
  #copies = 0

  private constructor(folder: TemporaryFolder, moto: Moto) {
    this.#folder = folder
    this.#moto = moto
  }

  static async apply(): Promise<Estate> {
    const moto = await Moto.start()
    const folder = await temporaryFolder()
    const estate = new Estate(folder, moto)
    mkdirSync(estate.#original)
    for (const name of readdirSync(sources)) copyFileSync(path.join(sources, name), path.join(estate.#original, name))
    writeFileSync(path.join(estate.#original, 'function.zip'), Buffer.from(functionZip, 'base64'))
    const terraform = estate.#terraformIn(estate.#original, moto.url)
    await terraform.init()
    await terraform.apply('-parallelism=24')
    return estate
  }

  async copy(): Promise<EstateCopy> {
    const infra = path.join(this.#folder.path, `copy-${this.#copies++}`)
    cpSync(this.#original, infra, { recursive: true, filter: (file) => path.basename(file) !== '.terraform' })
    symlinkSync(path.join(this.#original, '.terraform'), path.join(infra, '.terraform'))
    const aws = await this.#moto.copy()
    return {
      infra,
      endpoint: aws.url,
      terraform: this.#terraformIn(infra, aws.url),
      [Symbol.asyncDispose]: aws[Symbol.asyncDispose],
    }
  }

  /** The attributes of one instance, by its address. */
  attributesOf(address: string): Readonly<Record<string, z.infer<ReturnType<typeof z.json>>>> {
    const found = instancesOf(this.#original).find((instance) => instance.address === address)
    if (!found) throw new Error(`the estate has no ${address}`)
    return found.attributes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#moto[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }

  get #original(): string {
    return path.join(this.#folder.path, 'infra')
  }

  #terraformIn(folder: string, endpoint: string): RealTerraform {
    return new RealTerraform(folder, { '*/*/*': needs.awsProvider.found ?? '' }, awsVariables(endpoint))
  }
}

/** The managed instances of a root module's state. */
export function instancesOf(infra: string) {
  const state = stateSchema.parse(JSON.parse(readFileSync(path.join(infra, 'terraform.tfstate'), 'utf8')))
  return state.resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, instances }) =>
      instances.map(({ index_key, attributes }) => ({
        type,
        address: `${type}.${name}${index_key === undefined ? '' : `[${JSON.stringify(index_key)}]`}`,
        attributes,
      })),
    )
}
