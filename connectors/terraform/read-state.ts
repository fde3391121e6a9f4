import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { Redactor } from '../../model/redaction.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { AddressSet } from './address-set.ts'
import { type Found, maxInstanceBytes, maxInstanceDepth, maxWholeBytes, type StateFormat } from './format.ts'
import { format3 } from './format3.ts'
import { format4 } from './format4.ts'
import { JsonSplitter, type Plan, type Step, type Token } from './json-splitter.ts'
import { asText, parseBytes } from './parse-bytes.ts'
import { type Instance, type ResourceHead, toResource } from './resource.ts'

export interface StateReading {
  readonly lineage: string | null
  readonly serial: Json
  readonly version: number
  readonly terraformVersion: string | null
  /** Parts that could not be used; where there is one, not every resource was observed. */
  readonly problems: readonly ScanError[]
}

export interface ReadOptions extends Pick<EachOptions<Resource>, 'dataSources' | 'wholeBytes'> {
  readonly redactor: Redactor
  /** Takes one resource; awaited, so that a state is read no faster than it is taken. */
  observe(resource: Resource): Promise<void>
}

export interface EachOptions<T extends { readonly id: string }> {
  readonly dataSources: boolean
  /** Of an instance, which is its to change; `id` is the instance's address. */
  make(head: ResourceHead, instance: Instance): T
  /** Takes one; awaited, so that a state is read no faster than it is taken. */
  take(made: T): Promise<void>
  /** A resource up to this size is parsed as a whole, a larger one instance by instance. */
  readonly wholeBytes?: number
}

/** Problems reported one by one; the rest are counted. */
const maxProblems = 20
const headers: ReadonlySet<Step> = new Set(['version', 'terraform_version', 'serial', 'lineage'])
/** Members of the root by which a document without a version is recognised. */
const telling: ReadonlySet<Step> = new Set(['encrypted_data', 'format_version', 'backend'])
const maxHeaderBytes = 64 * 1024

/**
 * Reads a state, small or large, by the same path: chunk by chunk, one resource (or one instance of a large resource) at a
 * time. Nothing in it depends on the order of the root's members.
 *
 * @throws VainoError `bad_input` where the state as a whole is unusable; the message is a predicate: "ends in the middle"
 */
export const readState = (chunks: AsyncIterable<Uint8Array>, { redactor, observe, ...options }: ReadOptions) =>
  readEach(chunks, { ...options, make: (head, instance) => toResource(head, instance, redactor), take: observe })

/** The same, with what `make` makes of each instance in a resource's place. */
export async function readEach<T extends { readonly id: string }>(
  chunks: AsyncIterable<Uint8Array>,
  options: EachOptions<T>,
): Promise<StateReading> {
  const reading = new Reading(options)
  for await (const chunk of chunks) {
    for (const made of reading.push(chunk)) await options.take(made)
  }
  return reading.end()
}

class Reading<T extends { readonly id: string }> {
  readonly #make: EachOptions<T>['make']
  readonly #formats: ReadonlyMap<Step, StateFormat>
  readonly #splitter: JsonSplitter
  readonly #headers = new Map<Step, Json>()
  readonly #addresses = new AddressSet()
  readonly #problems: ScanError[] = []
  #moreProblems = 0
  /** The format whose resources were met, which must be the one that the version names. */
  #met: StateFormat | null = null
  #told: Step | null = null

  constructor(options: EachOptions<T>) {
    this.#make = options.make
    this.#splitter = new JsonSplitter((path) => this.#planOf(path), {
      takeBytes: maxInstanceBytes,
      wholeBytes: options.wholeBytes ?? maxWholeBytes,
      wholeDepth: maxInstanceDepth,
    })
    this.#formats = new Map([format3(options), format4(options)].map((format) => [format.root, format]))
  }

  *push(chunk: Uint8Array): Generator<T> {
    for (const token of this.#splitter.push(chunk)) {
      const [root] = token.path
      if (root === undefined) continue
      const format = this.#formats.get(root)
      if (format === undefined) this.#takeHeader(root, token)
      else if (token.path.length > 1) yield* this.#resources(format, token)
      else this.#meet(format, token)
    }
  }

  end(): StateReading {
    this.#splitter.end()
    const version = this.#headers.get('version')
    if (version === undefined) throw notAState(this.#told)
    if (this.#met !== null && this.#met.version !== version) {
      throw new VainoError('bad_input', `says that it is of format ${version}, but has no resources of that format`)
    }
    // Without resources it is whole and empty, as Terraform and OpenTofu read it.
    if (this.#met === null && this.#told !== null) throw notAState(this.#told)
    if (this.#moreProblems > 0) this.#problems.push({ message: `${this.#moreProblems} more problems of this kind` })
    return {
      version: Number(version),
      lineage: asText(this.#headers.get('lineage')),
      serial: this.#headers.get('serial') ?? null,
      terraformVersion: asText(this.#headers.get('terraform_version')),
      problems: this.#problems,
    }
  }

  #planOf(path: readonly Step[]): Plan {
    const [root] = path
    if (root === undefined) return 'open'
    if (headers.has(root)) return 'take'
    if (telling.has(root)) this.#told = root
    return this.#formats.get(root)?.plan(path) ?? 'skip'
  }

  #takeHeader(root: Step, token: Token): void {
    if (token.kind !== 'value' || token.depth > 0 || token.bytes.length > maxHeaderBytes) {
      throw new VainoError('bad_input', `has a "${root}" that is no plain value`)
    }
    const value = parseBytes(token.bytes, token.offset)
    // As early as it is known, for what follows is laid out otherwise.
    if (root === 'version') checkVersion(value)
    this.#headers.set(root, value)
  }

  #meet(format: StateFormat, token: Token): void {
    if (token.kind === 'close' || (token.kind === 'value' && parseBytes(token.bytes, token.offset) === null)) return
    if (token.kind !== 'open' || !token.isArray) {
      throw new VainoError('bad_input', `has "${format.root}" that are no list`)
    }
    if (this.#met !== null) throw new VainoError('bad_input', `has "${format.root}" after its "${this.#met.root}"`)
    this.#met = format
  }

  *#resources(format: StateFormat, token: Token): Generator<T> {
    for (const found of format.take(token)) {
      const made = this.#madeOf(found)
      if (made !== null) yield made
    }
  }

  #madeOf(found: Found): T | null {
    if ('problem' in found) return this.#problem(found.problem, found.hint)
    const made = this.#make(found.head, found.instance)
    if (made.id.length > maxIdLength) {
      return this.#problem(`${made.id.slice(0, 80)}… is an address of more than ${maxIdLength} characters`)
    }
    if (!this.#addresses.add(made.id)) {
      return this.#problem(`${made.id} is there twice`, 'Remove one of them with `terraform state rm`.')
    }
    return made
  }

  #problem(message: string, hint?: string): null {
    if (this.#problems.length < maxProblems) this.#problems.push(hint === undefined ? { message } : { message, hint })
    else this.#moreProblems++
    return null
  }
}

/** The limit of `resourceSchema.id`. */
const maxIdLength = 4096

function checkVersion(version: Json): void {
  if (version === 3 || version === 4) return
  if (version === 1 || version === 2) {
    throw new VainoError('bad_input', `is of state format ${version}, which Terraform before 0.7 wrote`, {
      hint: 'Upgrade it with a current Terraform: in its folder, `terraform state pull > upgraded.tfstate` writes format 4.',
    })
  }
  const isNewer = typeof version === 'number' && version > 4
  throw new VainoError('bad_input', `is of state format ${JSON.stringify(version).slice(0, 40)}, not 3 or 4`, {
    hint: isNewer
      ? 'Update vaino, or write the state with a Terraform that uses format 4.'
      : 'Is it a Terraform state?',
  })
}

function notAState(told: Step | null): VainoError {
  switch (told) {
    case 'encrypted_data':
      return new VainoError('bad_input', 'is encrypted by OpenTofu', {
        hint: 'Give a decrypted copy: `tofu state pull`, where the key is known, prints one.',
      })
    case 'format_version':
      return new VainoError('bad_input', 'is what `terraform show -json` prints, not a state', {
        hint: 'Give the state itself: `terraform state pull` prints it.',
      })
    case 'backend':
      return new VainoError('bad_input', "is the backend's settings, not a state", {
        hint: 'Terraform keeps them in `.terraform/terraform.tfstate`; `terraform state pull` prints the state itself.',
      })
    default:
      return new VainoError('bad_input', 'is JSON, but not a Terraform state: it has no "version"')
  }
}
