import { expect, test } from 'bun:test'
import { discovery, type Method } from '../../../test/gcp/discovery.ts'
import type { ApiName } from './apis.ts'
import { type Api, apis } from './apis.ts'
import type { Detail, Listing } from './row.ts'
import { listingsOf, rows } from './table.ts'

/** The only questions that Google wants as a POST. */
const askedByPost = new Set(['cloudresourcemanager.projects.getIamPolicy'])

/** The method that Google's document has for a path of the table; none is a path that nothing answers. */
function methodOf(api: ApiName, path: string, verb: string): Method | undefined {
  const { base = '' }: Api = apis[api]
  const full = base + path.replaceAll('{+$parent.name}', parentPath(path)).replace(/\{[^}]*\}/g, 'x')
  const version = /(?:^|\/)(v\d[a-z0-9]*)\//.exec(full)?.[1] ?? 'v1'
  const document = discovery.api(api, version)
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
  const { base = '' }: Api = apis[api]
  const version = /(?:^|\/)(v\d[a-z0-9]*)\//.exec(base + path)?.[1] ?? 'v1'
  const document = discovery.api(api, version)
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

const details = unique(rows.flatMap(({ list, details: of = [] }) => of.map((detail) => ({ ...detail, api: list.api }))))

test.each(details.map((detail) => [`${detail.api} ${detail.path}`, detail] as const))(
  'I15: Google documents the detail %s, and it only reads',
  (_, { api, path, query = {} }: Detail & { readonly api: ApiName }) => {
    const method = methodOf(api, path, 'GET')
    expect(Object.keys(method?.parameters ?? {})).toEqual(expect.arrayContaining(Object.keys(query)))
    expect(method?.id).toBeDefined()
  },
)

test('each type is read once', () => {
  expect(new Set(rows.map(({ type }) => type)).size).toBe(rows.length)
})
