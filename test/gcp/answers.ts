import type { JsonObject } from '../../model/json.ts'
import { builtIn } from './built-in.ts'
import { changeOf } from './changes.ts'
import { type Answer, below, failed, ok, type Question, type World } from './question.ts'
import { projectNumber } from './things.ts'

export function answerOf(question: Question, world: World): Answer {
  const { api, method } = question
  if (world.settings.disabledApis?.includes(api.name)) return disabled(api.name)
  const what = method.id.slice(method.id.lastIndexOf('.') + 1)
  const known = builtIn(question, world)
  if (known !== null) return known
  if (what === 'aggregatedList') return aggregated(question, world)
  if (what === 'list') return list(question, world)
  if (what === 'getIamPolicy') return ok(policyOf(question, world))
  if (what === 'get') return get(question, world)
  return changeOf(question, what, world)
}

function disabled(name: string): Answer {
  const service = `${name}.googleapis.com`
  return failed(
    403,
    'accessNotConfigured',
    `${name} API has not been used in project ${projectNumber} before or it is disabled.`,
    [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: { service, consumer: `projects/${projectNumber}` },
      },
    ],
  )
}

function get(question: Question, { store }: World): Answer {
  const path = below(question)
  const thing = store.get(question.api.name, path)
  return thing === undefined ? failed(404, 'notFound', `The resource '${path}' was not found`) : ok(thing)
}

const policyOf = (question: Question, { store }: World): JsonObject => {
  const path = below(question).replace(/(?::getIamPolicy|\/getIamPolicy|\/iam)$/, '')
  return store.get(`${question.api.name}-iam`, path) ?? { version: 1, etag: 'BwAA', bindings: [] }
}

/** The member that holds the items: the only list of objects that names no places. */
function itemsMember({ api, method }: Question): string {
  const properties = Object.entries(api.schemaOf(method.response)?.properties ?? {})
  const lists = properties.filter(
    ([name, { type, items }]) => type === 'array' && items?.type !== 'string' && name !== 'warnings',
  )
  const [found] = lists.find(([name]) => name === 'items') ?? lists[0] ?? ['items']
  return found
}

function paged<T>(
  found: readonly T[],
  { query }: Question,
  { settings }: World,
): { page: readonly T[]; more: JsonObject } {
  const asked = Number(query.get('maxResults') ?? query.get('pageSize') ?? 500)
  const size = Math.min(asked || 500, settings.pageItems ?? Number.POSITIVE_INFINITY)
  const from = Number(query.get('pageToken') ?? 0)
  const page = found.slice(from, from + size)
  return { page, more: from + size < found.length ? { nextPageToken: String(from + size) } : {} }
}

const kindOf = ({ api, method }: Question): JsonObject => {
  const kind = api.schemaOf(method.response)?.properties?.kind?.default
  return typeof kind === 'string' ? { kind } : {}
}

/** Google leaves a list out where it is empty. */
function list(question: Question, world: World): Answer {
  const { api } = question
  const member = itemsMember(question)
  const all = world.store.in(api.name, below(question)).map(([path, thing]) => ({ path, thing }))
  const reached = all.filter(({ path }) => !isUnreachable(path, world))
  const { page, more } = paged(reached, question, world)
  const silent = all.length > reached.length ? unreachableMember(question, world) : {}
  const items = page.length === 0 ? {} : { [member]: page.map(({ thing }) => thing) }
  return ok({ ...kindOf(question), ...items, ...more, ...silent })
}

const isUnreachable = (path: string, { settings }: World): boolean =>
  (settings.unreachable ?? []).some((place) => `/${path}/`.includes(`/${place}/`))

/** In the form that the API's own schema has. */
function unreachableMember({ api, method }: Question, { settings }: World): JsonObject {
  const properties = api.schemaOf(method.response)?.properties ?? {}
  const places = [...(settings.unreachable ?? [])]
  if (properties.warnings !== undefined)
    return { warnings: places.map((region) => ({ code: 'REGION_UNREACHABLE', region })) }
  const member = ['unreachable', 'unreachables', 'missingZones', 'failedLocations'].find(
    (name) => properties[name] !== undefined,
  )
  return member === undefined ? {} : { [member]: places }
}

function aggregated(question: Question, world: World): Answer {
  const { api } = question
  const [, project = '', , collection = ''] = below(question).split('/')
  const found = world.store.everywhere(api.name, project, collection)
  const places = ['global', 'regions/europe-west1', 'zones/europe-west1-b', 'zones/europe-west1-c']
  const silent = new Set(world.settings.unreachable ?? [])
  const reached = found.filter(([path]) => !silent.has(placeOf(path)))
  const { page, more } = paged(reached, question, world)
  const items: JsonObject = {}
  for (const place of new Set([...places, ...page.map(([path]) => placeOf(path))])) {
    const here = page.filter(([path]) => placeOf(path) === place).map(([, thing]) => thing)
    const code = silent.has(place) ? 'UNREACHABLE' : 'NO_RESULTS_ON_PAGE'
    items[place] = here.length > 0 ? { [collection]: here } : { warning: { code, message: `${place}: ${code}` } }
  }
  for (const place of silent) items[place] ??= { warning: { code: 'UNREACHABLE', message: place } }
  return ok({ ...kindOf(question), id: `projects/${project}/aggregated/${collection}`, items, ...more })
}

function placeOf(path: string): string {
  const [, , place = '', name = ''] = path.split('/')
  return place === 'global' ? 'global' : `${place}/${name}`
}
