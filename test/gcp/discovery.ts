import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { needs } from '../lanes.ts'

const parameter = z.looseObject({ location: z.string().optional(), required: z.boolean().optional() })
const reference = z.looseObject({ $ref: z.string() })
export type Schema = z.output<typeof schema>
const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  default: z.unknown().optional(),
  get properties() {
    return z.record(z.string(), schema).optional()
  },
  get items() {
    return schema.optional()
  },
  get additionalProperties() {
    return schema.optional()
  },
})
const method = z.looseObject({
  id: z.string(),
  httpMethod: z.string(),
  path: z.string(),
  flatPath: z.string().optional(),
  parameters: z.record(z.string(), parameter).default({}),
  request: reference.optional(),
  response: reference.optional(),
})
const resource = z.looseObject({
  methods: z.record(z.string(), method).default({}),
  get resources() {
    return z.record(z.string(), resource).default({})
  },
})
const document = z.looseObject({
  name: z.string(),
  version: z.string(),
  servicePath: z.string().default(''),
  schemas: z.record(z.string(), schema).default({}),
  resources: z.record(z.string(), resource).default({}),
})

/** A method of an API, with the pattern of its path below the API's host. */
export interface Method extends z.output<typeof method> {
  readonly pattern: RegExp
  readonly literals: number
  /** The path of what it is about begins behind this many characters of it: `compute/v1/`. */
  readonly prefix: string
}

export interface Api {
  readonly name: string
  readonly schemas: Readonly<Record<string, Schema>>
  readonly methods: readonly Method[]
  schemaOf(of: { readonly $ref?: string | undefined } | undefined): Schema | undefined
}

/** Google's documents of its APIs, each read when it is first asked for. */
class Discovery {
  readonly #folder: string
  readonly #apis = new Map<string, Api | null>()

  constructor(folder: string | null = needs.googleDocuments.found) {
    if (folder === null) throw new Error(needs.googleDocuments.hint)
    this.#folder = folder
  }

  /** Null where there is no such version of it. */
  api(name: string, version: string): Api | null {
    const key = `${name}.${version}`
    let api = this.#apis.get(key)
    if (api === undefined) {
      const file = path.join(this.#folder, `${key}.json`)
      api = existsSync(file) ? apiOf(JSON.parse(readFileSync(file, 'utf8'))) : null
      this.#apis.set(key, api)
    }
    return api
  }
}

function apiOf(text: unknown): Api {
  const { name, servicePath, schemas, resources } = document.parse(text)
  const methods = Object.values(resources).flatMap((one) => methodsIn(one, servicePath))
  return {
    name,
    schemas,
    // The one with the most that is written out is meant.
    methods: methods.toSorted((a, b) => b.literals - a.literals),
    schemaOf: (of) => (of?.$ref === undefined ? undefined : schemas[of.$ref]),
  }
}

function methodsIn({ methods, resources }: z.output<typeof resource>, servicePath: string): Method[] {
  return [
    ...Object.values(methods).map((one): Method => {
      const full = servicePath + (one.flatPath ?? one.path)
      const literal = full.replace(/\{[^}]*\}/g, '')
      return {
        ...one,
        pattern: new RegExp(`^${full.replace(/[.]/g, '\\.').replace(/\{\+?[^}]*\}/g, '([^/]+?)')}$`),
        literals: literal.length,
        prefix: servicePath || (/^(?:[a-z]+\/)?v\d[a-z0-9]*\//.exec(full)?.[0] ?? ''),
      }
    }),
    ...Object.values(resources).flatMap((one) => methodsIn(one, servicePath)),
  ]
}

/** The documents of this process: Compute Engine's takes half a second to read. */
export const discovery = new Discovery()
