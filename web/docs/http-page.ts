import { type Schema, schemaText } from './schema-text.ts'

/** What of the OpenAPI document stands on the page. */
export interface HttpDocument {
  readonly info: { readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, { readonly description: string }>>
  }
  readonly 'x-problems': readonly { readonly code: string; readonly status: number; readonly title: string }[]
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body & { readonly $ref?: string; readonly description?: string }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly required?: boolean
  readonly schema: Schema
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n')

/** Without tokens a route needs none; the document names the right all the same. */
const rightOf = ({ security }: Operation): string => {
  const right = security.flatMap((names) => Object.keys(names))[0]
  return right === undefined ? 'no token' : `\`${right}\``
}

const isFilter = (filters: ReadonlySet<string>, { name, in: place }: Parameter): boolean =>
  place === 'query' && filters.has(name)

const parameterRow = ({ name, in: place, required, description = '', schema }: Parameter): string =>
  row(
    `\`${name === 'tag' && place === 'query' ? 'tag.NAME' : name}\``,
    `${place}${required === true ? ', required' : ''}`,
    `\`${schemaText(schema)}\``,
    description,
  )

function bodyText({ content = {} }: Body): string {
  const [[type, { schema }] = ['', {}]] = Object.entries(content) as [string, { schema?: Schema }][]
  return type === '' ? '' : `\`${type}\`\n\n\`\`\`ts\n${schemaText(schema, '')}\n\`\`\``
}

/** Good answers with their shapes, refusals by their status. */
function answersText({ responses }: Operation): string {
  const good = Object.entries(responses).filter(([, { $ref }]) => $ref === undefined)
  const refused = Object.keys(responses).filter((status) => responses[status]?.$ref !== undefined)
  const texts = good.map(([status, answer]) => {
    const body = bodyText(answer)
    return `**${status}** ${answer.description ?? ''}${body === '' ? '' : ` ${body}`}`
  })
  return [...texts, `Refused with ${refused.join(', ')}.`].join('\n\n')
}

function operationText(path: string, method: string, operation: Operation, filters: ReadonlySet<string>): string {
  const { summary, description, parameters = [], requestBody } = operation
  const own = parameters.filter((parameter) => !isFilter(filters, parameter))
  const takesFilters = own.length < parameters.length
  return [
    `### \`${method.toUpperCase()} ${path}\``,
    `${summary}. Right: ${rightOf(operation)}.`,
    ...(description === undefined ? [] : [description]),
    ...(own.length === 0 ? [] : [table(['parameter', 'in', 'type', 'meaning'], own.map(parameterRow))]),
    ...(takesFilters ? ['It takes the [filters](#filters).'] : []),
    ...(requestBody === undefined ? [] : [`Body: ${bodyText(requestBody)}`]),
    answersText(operation),
  ].join('\n\n')
}

/** What a route takes beside its own parameters, said once: the query of a route that has tags, as far as all such routes have it. */
function filtersOf(operations: readonly Operation[]): ReadonlySet<string> {
  const queries = operations
    .map(({ parameters = [] }) => parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name))
    .filter((names) => names.includes('tag'))
  return new Set(queries[0]?.filter((name) => queries.every((names) => names.includes(name))))
}

/** docs/http.md, from the OpenAPI document. */
export function httpPage(document: HttpDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const filters = filtersOf(operations.map(({ operation }) => operation))
  const shared = operations
    .flatMap(({ operation }) => operation.parameters ?? [])
    .filter(
      (parameter, at, all) => isFilter(filters, parameter) && all.findIndex((p) => p.name === parameter.name) === at,
    )
  const sections = document.tags.map(({ name, description }) =>
    [
      `## ${name}`,
      description,
      ...operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ path, method, operation }) => operationText(path, method, operation, filters)),
    ].join('\n\n'),
  )
  const shapes = Object.entries(document.components.schemas).map(
    ([name, schema]) => `### ${name}\n\n\`\`\`ts\n${schemaText(schema, '')}\n\`\`\``,
  )
  const refusals = Object.entries(document.components.responses).map(([name, { description }]) =>
    row(name.replace('Refused', ''), description),
  )
  const problems = document['x-problems'].map(({ code, status, title }) => row(`\`${code}\``, `${status}`, title))
  return `${[
    '<!-- Made from the schemas of api/ by: UPDATE_DOCS=1 npx bun test web/http-page.test.ts -->',
    '# HTTP',
    `${document.info.description} A running vaino has the same at \`/docs\`, and as OpenAPI 3.1 at \`/openapi.json\`.`,
    'A route asks for a right where tokens are configured: `Authorization: Bearer TOKEN`. A token of `admin` may do everything. Without tokens, which only a loopback address allows, everything is open. A parameter that a route doesn’t know is refused, not ignored.',
    table(
      ['route', 'right', 'what'],
      operations.map(({ path, method, operation }) =>
        row(`\`${method.toUpperCase()} ${path}\``, rightOf(operation), operation.summary),
      ),
    ),
    '## Filters',
    'Many routes take these; all that are given must hold.',
    table(['parameter', 'in', 'type', 'meaning'], shared.map(parameterRow)),
    ...sections,
    '## Refusals',
    'Each is `application/problem+json` with a `Problem`.',
    table(['status', 'why'], refusals),
    table(['code', 'status', 'title'], problems),
    '## Shapes',
    ...shapes,
  ].join('\n\n')}\n`
}
