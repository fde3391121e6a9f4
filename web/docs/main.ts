import { ask, base } from '../app/client/client.ts'
import { byId, element } from './element.ts'
import { type Schema, schemaText } from './schema-text.ts'
import { showTrouble, started } from './trouble.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>
interface Answer {
  readonly description?: string
  readonly content?: Content
  readonly $ref?: string
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, Answer>>
}
interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
  }
  readonly 'x-problems': readonly { readonly code: string; readonly status: number; readonly title: string }[]
}

/** Text in which `code` stands between backticks. */
const prose = (text: string): Node[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : document.createTextNode(part)))

const row = (term: string, meaning: readonly (Node | string)[], id?: string): Node[] => [
  element('dt', { id }, term),
  element('dd', {}, ...meaning),
]

const rows = (title: string, rows: readonly Node[][]): Node[] =>
  rows.length === 0 ? [] : [element('h4', {}, title), element('dl', { class: 'rows' }, ...rows.flat())]

const parameterRow = ({ name, in: place, required, description, schema }: Parameter): Node[] =>
  row(name, [
    element('span', { class: 'kind' }, `${place}, ${schemaText(schema)}${required ? ', required' : ''}. `),
    ...prose(description ?? ''),
  ])

const contentText = (content: Content | undefined): Node[] =>
  Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
    element('pre', {}, element('code', {}, `${type}\n${schemaText(schema, '')}`)),
  ])

function answerRow(api: ApiDocument, status: string, answer: Answer): Node[] {
  const known =
    answer.$ref === undefined ? answer : (api.components.responses[answer.$ref.split('/').at(-1) ?? ''] ?? {})
  // What every refusal looks like is said once, under Problem.
  return row(status, [
    ...prose(known.description ?? ''),
    ...(answer.$ref === undefined ? contentText(known.content) : []),
  ])
}

/** An example that a terminal takes. */
function curlLine(method: string, path: string, { requestBody }: Operation): string {
  const url = `${base}${path}`
  if (method === 'get') return path === '/v1/changes' ? `curl -N '${url}?live=sse'` : `curl '${url}'`
  const json = requestBody && 'application/json' in requestBody.content
  return json
    ? `curl -X POST -H 'Content-Type: application/json' -d '{"apply":true}' '${url}'`
    : `curl --data-binary @records.ndjson '${url}'`
}

function operationSection(api: ApiDocument, path: string, method: string, operation: Operation): HTMLElement {
  const { operationId, summary, description, parameters = [], requestBody, responses, security = [] } = operation
  const right = security.flatMap((one) => Object.keys(one)).join(', ')
  return element(
    'article',
    { class: 'operation', id: operationId },
    element('h3', {}, element('span', { class: 'method' }, method.toUpperCase()), path),
    element('p', { class: 'summary' }, summary),
    description === undefined ? null : element('p', {}, ...prose(description)),
    right === ''
      ? null
      : element('p', { class: 'where' }, `Where tokens are configured: one with the right "${right}".`),
    element('pre', {}, element('code', {}, curlLine(method, path, operation))),
    ...rows('Takes', parameters.map(parameterRow)),
    ...(requestBody === undefined ? [] : [element('h4', {}, 'Body'), ...contentText(requestBody.content)]),
    ...rows(
      'Answers',
      Object.entries(responses).map(([status, answer]) => answerRow(api, status, answer)),
    ),
  )
}

function operationsByTag(api: ApiDocument) {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return api.tags.map((tag) => ({
    ...tag,
    operations: all.filter(({ operation }) => operation.tags.includes(tag.name)),
  }))
}

const contentsPart = (title: string, links: readonly (readonly [string, string])[]): Node[] => [
  element('h2', {}, title),
  element('ul', {}, ...links.map(([href, text]) => element('li', {}, element('a', { href }, text)))),
]

function show(api: ApiDocument): void {
  const groups = operationsByTag(api)
  const schemas = Object.entries(api.components.schemas)
  byId('reference').replaceChildren(
    element('h1', {}, `${api.info.title} ${api.info.version}`),
    element('p', {}, ...prose(api.info.description)),
    ...groups.map(({ name, description, operations }) =>
      element(
        'section',
        {},
        element('h2', {}, name),
        element('p', {}, description),
        ...operations.map(({ path, method, operation }) => operationSection(api, path, method, operation)),
      ),
    ),
    element(
      'section',
      {},
      element('h2', {}, 'Shapes'),
      ...schemas.map(([name, schema]) =>
        element(
          'article',
          { class: 'operation', id: `shape-${name}` },
          element('h3', {}, name),
          schema.description === undefined ? null : element('p', {}, ...prose(schema.description)),
          element('pre', {}, element('code', {}, schemaText(schema, ''))),
        ),
      ),
    ),
    element(
      'section',
      {},
      element('h2', { id: 'problems' }, 'Problems'),
      element('p', {}, 'Every refusal is a Problem; its code is one of these.'),
      element(
        'dl',
        { class: 'rows' },
        ...api['x-problems'].flatMap(({ code, status, title }) =>
          row(code, [`${status}. ${title}.`], `problem-${code}`),
        ),
      ),
    ),
  )
  byId('contents').replaceChildren(
    ...groups.flatMap(({ name, operations }) =>
      contentsPart(
        name,
        operations.map(({ path, operation }) => [`#${operation.operationId}`, path] as const),
      ),
    ),
    ...contentsPart(
      'Shapes',
      schemas.map(([name]) => [`#shape-${name}`, name] as const),
    ),
    ...contentsPart('Problems', [['#problems', 'All of them']]),
  )
  // The element that the address names exists only now.
  if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
}

started()
try {
  // Nobody needs a token for it.
  const answer = await ask('openapi.json', { token: null, type: 'application/json' })
  show(await answer.json())
} catch (error) {
  showTrouble(error)
}
