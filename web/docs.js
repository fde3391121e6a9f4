import { base, getJson } from './api-client.js'
import { byId, element } from './element.js'
import { schemaText } from './schema-text.js'
import { showTrouble, started } from './trouble.js'

/**
 * @typedef {import('./schema-text.js').Schema} Schema
 * @typedef {{ name: string, in: string, required?: boolean, description?: string, schema?: Schema }} Parameter
 * @typedef {Record<string, { schema?: Schema }>} Content
 * @typedef {{ description?: string, content?: Content, $ref?: string }} Answer
 * @typedef {{
 *   operationId: string, summary: string, description?: string, tags: string[], security?: Record<string, unknown>[],
 *   parameters?: Parameter[], requestBody?: { content: Content }, responses: Record<string, Answer>,
 * }} Operation
 * @typedef {{
 *   info: { title: string, version: string, description: string },
 *   tags: { name: string, description: string }[],
 *   paths: Record<string, Record<string, Operation>>,
 *   components: { schemas: Record<string, Schema>, responses: Record<string, Answer> },
 *   'x-problems': { code: string, status: number, title: string }[],
 * }} Document
 */

/** Text in which `code` stands between backticks. @param {string} text */
const prose = (text) =>
  text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : document.createTextNode(part)))

/** @param {string} term @param {(Node | string | null)[]} meaning @param {string} [id] */
const row = (term, meaning, id) => [element('dt', id === undefined ? {} : { id }, term), element('dd', {}, ...meaning)]

/** @param {string} title @param {Node[][]} rows */
const rows = (title, rows) =>
  rows.length === 0 ? [] : [element('h4', {}, title), element('dl', { class: 'rows' }, ...rows.flat())]

/** @param {Parameter} parameter */
const parameterRow = ({ name, in: place, required, description, schema }) =>
  row(name, [
    element('span', { class: 'kind' }, `${place}, ${schemaText(schema)}${required ? ', required' : ''}. `),
    ...prose(description ?? ''),
  ])

/** @param {Content | undefined} content */
const contentText = (content) =>
  Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
    element('pre', {}, element('code', {}, `${type}\n${schemaText(schema, '')}`)),
  ])

/** @param {Document} api @param {string} status @param {Answer} answer */
function answerRow(api, status, answer) {
  const known =
    answer.$ref === undefined ? answer : (api.components.responses[answer.$ref.split('/').at(-1) ?? ''] ?? {})
  // What every refusal looks like is said once, under Problem.
  return row(status, [
    ...prose(known.description ?? ''),
    ...(answer.$ref === undefined ? contentText(known.content) : []),
  ])
}

/** An example that a terminal takes. @param {string} method @param {string} path @param {Operation} operation */
function curlLine(method, path, { requestBody }) {
  const url = `${base}${path}`
  if (method === 'get') return path === '/v1/changes' ? `curl -N '${url}?live=sse'` : `curl '${url}'`
  const json = requestBody && 'application/json' in requestBody.content
  return json
    ? `curl -X POST -H 'Content-Type: application/json' -d '{"apply":true}' '${url}'`
    : `curl --data-binary @records.ndjson '${url}'`
}

/** @param {Document} api @param {string} path @param {string} method @param {Operation} operation */
function operationSection(api, path, method, operation) {
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

/** @param {Document} api */
function operationsByTag(api) {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return api.tags.map((tag) => ({
    ...tag,
    operations: all.filter(({ operation }) => operation.tags.includes(tag.name)),
  }))
}

/** @param {string} title @param {[string, string][]} links */
const contentsPart = (title, links) => [
  element('h2', {}, title),
  element('ul', {}, ...links.map(([href, text]) => element('li', {}, element('a', { href }, text)))),
]

/** @param {Document} api */
function show(api) {
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
        operations.map(({ path, operation }) => [`#${operation.operationId}`, path]),
      ),
    ),
    ...contentsPart(
      'Shapes',
      schemas.map(([name]) => [`#shape-${name}`, name]),
    ),
    ...contentsPart('Problems', [['#problems', 'All of them']]),
  )
  // The element that the address names exists only now.
  if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
}

started()
try {
  show(await getJson('openapi.json'))
} catch (error) {
  showTrouble(error)
}
