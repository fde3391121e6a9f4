import { expect, test } from 'bun:test'
import { discovery, type Method } from '../../../test/gcp/discovery.ts'
import type { ApiName } from './apis.ts'
import { type Api, apis } from './apis.ts'
import { getOf, getPermissionOf } from './get-of.ts'
import type { Detail, Listing, Row } from './row.ts'
import { listingsOf, rows } from './table.ts'

/** The only questions that Google wants as a POST. */
const askedByPost = new Set(['cloudresourcemanager.projects.getIamPolicy', 'iam.projects.serviceAccounts.getIamPolicy'])

const versionOf = (api: ApiName, path: string): string => {
  const { base = '' }: Api = apis[api]
  return /(?:^|\/)(v\d[a-z0-9]*)\//.exec(base + path)?.[1] ?? 'v1'
}

/** The method that Google's document has for a path of the table; none is a path that nothing answers. */
function methodOf(api: ApiName, path: string, verb: string): Method | undefined {
  const { base = '' }: Api = apis[api]
  const full = base + path.replaceAll('{+$parent.name}', parentPath(path)).replace(/\{[^}]*\}/g, 'x')
  const document = discovery.api(api, versionOf(api, path))
  return document?.methods.find(({ httpMethod, pattern }) => httpMethod === verb && pattern.test(full))
}

/** What the names of parents look like. */
function parentPath(path: string): string {
  const collection = path.split('/').at(-1) ?? ''
  const below: Readonly<Record<string, string>> = {
    keys: 'projects/x/serviceAccounts/x',
    providers: 'projects/x/locations/x/workloadIdentityPools/x',
    cryptoKeys: 'projects/x/locations/x/keyRings/x',
    databases: 'projects/x/instances/x',
  }
  return below[collection] ?? 'projects/x/locations/x'
}

const unique = <T extends object>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one])).values(),
]
const listings = unique(rows.flatMap(listingsOf))

const itemsIn = (api: ApiName, { path, items, aggregated }: Listing, method: Method): boolean => {
  const document = discovery.api(api, versionOf(api, path))
  const properties = document?.schemaOf(method.response)?.properties
  if (!aggregated) return properties?.[items] !== undefined
  return document?.schemaOf(properties?.items?.additionalProperties)?.properties?.[items] !== undefined
}

test.each(listings.map((listing) => [`${listing.api} ${listing.path}`, listing] as const))(
  'I15: Google documents the list %s, its items and its parameters, and it only reads',
  (_, listing) => {
    const { api, path, post, query = {} } = listing
    const method = methodOf(api, path, post === undefined ? 'GET' : 'POST')
    expect(method?.id).toBeDefined()
    if (method === undefined) return
    if (post !== undefined) expect(askedByPost).toContain(method.id)
    expect(itemsIn(api, listing, method)).toBe(true)
    // Of `returnPartialSuccess` only the descriptions speak; the servers take it.
    const asked = Object.keys(query).filter((name) => name !== 'returnPartialSuccess')
    expect(Object.keys(method.parameters)).toEqual(expect.arrayContaining(asked))
    if (method.parameters.pageToken !== undefined && !listing.single) {
      expect(Object.keys(query).some((name) => name === 'pageSize' || name === 'maxResults')).toBe(
        method.parameters.pageSize !== undefined || method.parameters.maxResults !== undefined,
      )
    }
  },
)

const details = unique(
  rows.flatMap((row) => {
    const [name = ''] = sampleIds(row)
    return (row.details ?? []).map(({ path, ...detail }) => ({
      ...{ ...detail, path: path.replace('{+name}', name), api: row.list.api },
    }))
  }),
)

test.each(details.map((detail) => [`${detail.api} ${detail.path}`, detail] as const))(
  'I15: Google documents the detail %s, and it only reads',
  (_, { api, path, query = {}, post }: Detail & { readonly api: ApiName }) => {
    const method = methodOf(api, path, post === undefined ? 'GET' : 'POST')
    if (post !== undefined) expect(askedByPost).toContain(method?.id ?? '')
    expect(Object.keys(method?.parameters ?? {})).toEqual(expect.arrayContaining(Object.keys(query)))
    expect(method?.id).toBeDefined()
  },
)

/** Ids as things of a row may have them. */
function sampleIds({ type, list }: Row): string[] {
  const known: Readonly<Record<string, string>> = {
    google_storage_bucket: 'files',
    google_storage_bucket_iam_policy: 'b/files',
    google_sql_database_instance: 'main',
    google_logging_metric: 'errors',
    google_spanner_instance: 'x/main',
    google_container_node_pool: 'projects/x/locations/x/clusters/x/nodePools/x',
    google_cloudbuild_trigger: 'projects/x/locations/x/triggers/x',
    google_bigquery_table: 'projects/x/datasets/x/tables/x',
    google_composer_environment: 'projects/x/locations/x/environments/x',
  }
  const own = known[type]
  if (own !== undefined) return [own]
  const collection = list.path.split('/').at(-1) ?? ''
  if (list.api === 'compute')
    return ['zones/x', 'regions/x', 'global'].map((place) => `projects/x/${place}/${collection}/x`)
  const path = list.path.replace('{+$parent.name}', parentPath(list.path)).replaceAll(/\{[^}]*\}|(?<=\/)-(?=\/)/g, 'x')
  return [`${path.replace(/^(?:dns\/)?v\d\w*\//, '')}/x`]
}

/** The schema of a listed thing. */
function itemSchema({ list }: Row): string | undefined {
  const method = methodOf(list.api, list.path, 'GET')
  const document = discovery.api(list.api, versionOf(list.api, list.path))
  const properties = method === undefined ? {} : (document?.schemaOf(method.response)?.properties ?? {})
  const places = document?.schemaOf(properties.items?.additionalProperties)?.properties
  return (list.aggregated ? places : properties)?.[list.items]?.items?.$ref
}

const readAlone = rows.filter((row) => !row.list.single && getPermissionOf(row) !== null)

test.each(readAlone.map((row) => [row.type, row] as const))(
  'I15: Google documents how one %s is read, its answer is what the list has, and it only reads',
  (_, row) => {
    const { api } = row.list
    const documented = sampleIds(row).flatMap((id) => {
      const get = getOf(row, id, { $project: 'x' })
      const method = get === null ? undefined : methodOf(api, get.path, 'GET')
      return method === undefined ? [] : [{ method, query: get?.query ?? {} }]
    })
    expect(documented.length).toBeGreaterThan(0)
    for (const { method, query } of documented) {
      expect(method.id.split('.').at(-1)).toBe('get')
      expect(Object.keys(method.parameters)).toEqual(expect.arrayContaining(Object.keys(query)))
      // A node pool is read with its cluster, and of a table and a dataset the list has a part.
      if (row.details === undefined) expect(method.response?.$ref).toBe(itemSchema(row))
    }
  },
)

test('nearly all types can be read one by one', () => {
  const others = rows.filter((row) => !readAlone.includes(row) && !row.list.single).map(({ type }) => type)
  expect(readAlone.length).toBeGreaterThan(90)
  expect(others.length).toBeLessThan(20)
})

test.each([
  'projects/other/zones/z/instances/web',
  'projects/acme-shop/../other/instances/web',
  'projects/acme-shop//web',
  'https://example.com/projects/acme-shop/zones/z/instances/web',
])('a forged name is no path of the project: %s', (id) => {
  const row = rows.find(({ type }) => type === 'google_compute_instance')
  expect(row === undefined ? row : getOf(row, id, { $project: 'acme-shop' })).toBeNull()
})

test('each type is read once', () => {
  expect(new Set(rows.map(({ type }) => type)).size).toBe(rows.length)
})
