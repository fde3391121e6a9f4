import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { type KeyPath, type KeySchema, leaves, variableOf } from './keys.ts'
import { type Layer, setAt, type Values } from './layer.ts'
import { readYaml } from './yaml-text.ts'

/** Variables that vaino reads and that are no keys of the configuration. */
const others = [
  'VAINO_CONFIG',
  'VAINO_SERVER',
  'VAINO_TOKEN',
  'VAINO_TOKEN_FILE',
  'VAINO_RUNTIME',
  'VAINO_CACHE_DIR',
  'VAINO_SEED',
  'VAINO_RUNS',
]

/**
 * The keys given by `VAINO_*` variables: `VAINO_LISTEN`, and `VAINO_STORAGE__WORKERS` for `storage.workers`.
 *
 * A secret key can be given as `VAINO_…_FILE` too, the name of a file that holds it; a list has an entry a line.
 *
 * A variable that is no key is only warned of, and only when it looks like one: Kubernetes sets `VAINO_PORT`,
 * `VAINO_SERVICE_HOST` and more in every pod of a namespace that has a service named `vaino`.
 */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  schema: KeySchema,
  readSecret: (variable: string, file: string) => string,
): { layer: Layer; warnings: string[] } {
  const known = new Map(leaves(schema).map((leaf) => [variableOf(leaf.path), leaf]))
  const secretFiles = new Map(
    [...known].filter(([, leaf]) => leaf.schema['x-secret']).map(([name, leaf]) => [`${name}_FILE`, leaf]),
  )
  const values: Values = {}
  /** Of a key that a file gave: the variable that names the file. */
  const fromFiles = new Map<string, string>()
  const warnings: string[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('VAINO_') || text === undefined || others.includes(name)) continue
    const leaf = known.get(name)
    const inFile = secretFiles.get(name)
    if (leaf !== undefined) setAt(values, leaf.path, readAs(text, leaf.schema))
    else if (inFile !== undefined) {
      const variable = variableOf(inFile.path)
      if (environment[variable] !== undefined) {
        throw new VainoError('bad_config', `${name} and ${variable} give the same key; give one of them`)
      }
      fromFiles.set(variable, name)
      const secret = readSecret(name, text)
      setAt(values, inFile.path, valueIn(secret, inFile.schema))
    } else {
      const meant = nearest(name, [...known.keys(), ...secretFiles.keys()])
      if (meant !== null && !/_(PORT|SERVICE)(_|$)/.test(name))
        warnings.push(`${name} is not used; did you mean ${meant}?`)
    }
  }
  const locate = (path: KeyPath) => {
    const variable = variableOf(path.filter((part) => typeof part === 'string'))
    return fromFiles.get(variable) ?? variable
  }
  return { layer: { values, locate }, warnings }
}

/** The value in a file. */
const valueIn = (text: string, { type }: KeySchema): unknown =>
  type === 'array' ? entriesOf(text) : type === 'object' ? yamlOf(text) : text

const entriesOf = (text: string): string[] =>
  text
    .split(/[\r\n,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/** What cannot be read as the key's type stays text, so that the schema says what was expected. */
function readAs(text: string, schema: KeySchema): unknown {
  if (schema.type === 'array') {
    if (text.trim() === '') return []
    return text.trimStart().startsWith('[') ? yamlOf(text) : text.split(',').map((part) => part.trim())
  }
  if (schema.type === 'object') return yamlOf(text)
  if (schema.type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  const takesNumber = schema.type === 'integer' || schema.anyOf?.some((option) => option.type === 'integer')
  return takesNumber && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** A list or a block as YAML. What can't be read stays text, so that the schema says what it expected. */
function yamlOf(text: string): unknown {
  const { problems, value } = readYaml(text)
  return problems.length === 0 ? value : text
}
