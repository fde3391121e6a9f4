import { jsonSchema, type KeySchema, leaves, valuesOf, variableOf } from './keys.ts'

const intro = `<!-- Made from pipeline/config/schema.ts by: UPDATE_DOCS=1 npx bun test pipeline/config/reference-page.test.ts -->
# Configuration

vaino runs without any. What there is comes from four places, each stronger than the one before:

1. the defaults below,
2. \`vaino.yaml\` (or \`vaino.yml\`) in the folder that vaino is started in, or the file that \`--config\` or \`VAINO_CONFIG\` names,
3. environment variables: the key in capitals after \`VAINO_\`, with two underscores where a block begins,
4. flags: \`--data-dir\`, \`--source\`, \`--interval\`, \`--listen\`, \`--transport\`, \`--brokers\`, \`--topic-prefix\`, \`--roles\`.

\`\`\`yaml
# vaino.yaml
data_dir: /var/lib/vaino
sources:
  - terraform:./infra
  - {kind: terraform, where: "https://states.example.org/prod", interval: 5m, timeout_seconds: 10}
retention: {age: 90d}
memory_optimization:
  max_memory_usage: 1GB
rules: /etc/vaino/rules.yaml
\`\`\`

- **Durations** are text with a unit: \`500ms\`, \`30s\`, \`5m\`, \`1h30m\`, \`7d\`.
- **Sizes** are a number of bytes, or text: \`64KB\`, \`500MB\`, \`2GB\`. K, M, G and T are powers of 1024, so VAINO's \`500MB\` is its 524288000.
- **Lists** in a variable have commas between: \`VAINO_SOURCES=terraform:./a,terraform:./b\`; where a comma is part of one, write YAML: \`["terraform:./a,b"]\`.
- **Secrets** (tokens, passwords, the redaction key) can be read from a file: \`VAINO_TOKENS__READ_FILE=/run/secrets/read\` names one that holds what
  \`VAINO_TOKENS__READ\` would, an entry a line. White space at its ends is left out.
- **\`rules\`** names the file that says what is noise ([rules.md](rules.md)). It is read again when it changes; all else takes effect at a restart.
- **Relative paths** are relative to the folder that vaino is started in. \`~/\` is the home folder.
- A **key that isn't one** is an error, with line, column and the nearest key. A **variable** that looks like a misspelled key is warned of; any
  other is left alone, because Kubernetes sets \`VAINO_PORT\` and more where a service is named \`vaino\`.
- **Keys without effect** are VAINO's that this runtime has no use for. They are taken, so that its files load, with a warning that says what
  takes their place.

\`vaino config check\` tells everything that is wrong at once, \`vaino config show\` says of each value where it comes from (of
secrets only whether one is given), and \`vaino config schema\` prints the JSON Schema for editors.

The runtime reads two variables of its own, which \`./vaino\` sets where you don't: \`BUN_JSC_forceRAMSize\` (700000000), the bytes of memory by which garbage collection is paced
([performance.md](performance.md#tuning)), and \`BUN_CONFIG_MAX_HTTP_REQUESTS\` (4096), how many requests may be under way to what is watched.

Four more variables are no keys: \`VAINO_CONFIG\` (the file), \`VAINO_SERVER\` (what \`--server\` says), and \`VAINO_TOKEN\` or \`VAINO_TOKEN_FILE\` (what the
commands send to a server that asks for one).
`

/** The text of docs/configuration.md, made from the schema that checks the configuration. */
export function referencePage(): string {
  const schema = jsonSchema()
  const sections: string[] = [intro]
  const top = Object.entries(schema.properties ?? {})
  const single = top.filter(([, inner]) => inner.properties === undefined)
  sections.push(`## Keys\n\n${table(single.flatMap(([name, inner]) => leaves(inner, [name])))}`)
  for (const [name, inner] of top.filter(([, each]) => each.properties !== undefined)) {
    sections.push(`## \`${name}\`\n\n${inner.description ?? ''}\n\n${table(leaves(inner, [name]))}`)
  }
  sections.push(sourcesSection(schema), alertsSection(schema))
  return `${sections.join('\n')}`
}

/** The keys of each kind of source. */
function sourcesSection(schema: KeySchema): string {
  const kinds = schema.properties?.sources?.items?.anyOf ?? []
  const tables = kinds.flatMap(({ properties }) => {
    if (properties?.kind === undefined) return []
    const rows = Object.entries(properties).filter(([name]) => name !== 'kind')
    const kind = String(properties.kind.const)
    // A key that takes a block beside something simpler has a table of its own.
    const blocks = rows.flatMap(([name, key]) => {
      const keys = blockIn(key)?.properties
      return keys === undefined ? [] : [`#### \`${name}\` of \`kind: ${kind}\`\n\n${keyTable(Object.entries(keys))}`]
    })
    return [`### \`kind: ${kind}\`\n\n${keyTable(rows)}`, ...blocks]
  })
  return `## A source\n\nAn entry of \`sources\` in its long form takes the keys of its kind:\n\n${tables.join('\n')}`
}

/** The keys of a route, and of each kind of sink. */
function alertsSection(schema: KeySchema): string {
  const { routes, sinks } = schema.properties?.alerts?.properties ?? {}
  const route = routes?.items?.properties ?? {}
  const blocks = Object.entries(route).flatMap(([name, { description, properties }]) =>
    properties === undefined
      ? []
      : [`#### \`${name}\` of a route\n\n${description ?? ''}\n\n${keyTable(Object.entries(properties))}`],
  )
  const kinds = valuesOf(sinks ?? {})?.anyOf?.flatMap(({ anyOf, oneOf = anyOf }) => oneOf ?? []) ?? []
  const tables = kinds.map(({ properties = {} }) => {
    const rows = Object.entries(properties).filter(([name]) => name !== 'kind')
    return `### \`kind: ${String(properties.kind?.const)}\` of a sink\n\n${keyTable(rows)}`
  })
  const intro =
    'What they are for, and what arrives where, is in [alerts.md](alerts.md). A secret is written as `env:NAME` or `file:PATH`, or as it is.'
  return [`## Alerts\n\n${intro}\n\n### A route\n\n${keyTable(Object.entries(route))}`, ...blocks, ...tables].join('\n')
}

const blockIn = ({ anyOf }: KeySchema): KeySchema | undefined =>
  anyOf?.find(({ properties }) => properties !== undefined)

function keyTable(rows: readonly (readonly [string, KeySchema])[]): string {
  const lines = rows.map(([name, key]) => {
    const isOpen = key.type === 'integer' && (key.maximum === undefined || key.maximum > 2 ** 52)
    const type = key.type === 'number' ? 'a number' : isOpen ? 'a whole number' : typeOf(key)
    return `| \`${name}\` | ${type} | ${defaultOf(key)} | ${key.description ?? ''} |\n`
  })
  return `| key | takes | default | meaning |\n| --- | --- | --- | --- |\n${lines.join('')}`
}

function table(rows: readonly { readonly path: readonly string[]; readonly schema: KeySchema }[]): string {
  const lines = rows.map(({ path, schema }) => {
    const { 'x-instead': instead, 'x-moved': moved } = schema
    const remark =
      instead !== undefined ? ` **No effect.** ${instead}` : moved !== undefined ? ` **Moved.** ${moved}` : ''
    const meaning = `${schema.description ?? ''}${remark}`
    return `| \`${path.at(-1)}\` | ${typeOf(schema)} | ${defaultOf(schema)} | ${meaning} | \`${variableOf(path)}\` |\n`
  })
  return `| key | takes | default | meaning | variable |\n| --- | --- | --- | --- | --- |\n${lines.join('')}`
}

function typeOf(schema: KeySchema): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ')
  if (schema.type === 'array') {
    const words = schema.items?.enum
    return words === undefined ? 'list' : `list of ${words.map((word) => `\`${word}\``).join(', ')}`
  }
  if (schema.type === 'object') return 'block'
  if (blockIn(schema) !== undefined) return '`true`, `false`, block'
  if (schema.anyOf?.some(({ type }) => type === 'array')) return oneOrMany(schema.anyOf)
  if (schema.anyOf !== undefined) return 'size'
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return '`true`, `false`'
  return schema.pattern?.includes('ms|s|m|h|d') ? 'duration' : 'text'
}

/** What can be one text or a list of texts. */
function oneOrMany(branches: readonly KeySchema[]): string {
  const words = branches.find(({ enum: found }) => found !== undefined)?.enum
  return words === undefined ? 'text, or a list' : `one or a list of ${words.map((word) => `\`${word}\``).join(', ')}`
}

function defaultOf(schema: KeySchema): string {
  if (schema['x-default'] !== undefined) return schema['x-default']
  const { default: value } = schema
  if (value === undefined) return '–'
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((each) => `\`${each}\``).join(', ')
  return `\`${String(value)}\``
}
