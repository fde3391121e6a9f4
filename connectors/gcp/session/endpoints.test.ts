import { expect, test } from 'bun:test'
import { endpointOf } from './endpoints.ts'

const compute = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE'

test('without more the APIs answer where Google has them', () => {
  expect(endpointOf('compute', {}, null)).toBe('https://compute.googleapis.com/compute/v1/')
  expect(endpointOf('pubsub', {}, null)).toBe('https://pubsub.googleapis.com/')
})

test('a template holds for all of them', () => {
  expect(endpointOf('compute', {}, 'https://{api}-x.p.googleapis.com/')).toBe(
    'https://compute-x.p.googleapis.com/compute/v1/',
  )
})

test.each([
  ['http://127.0.0.1:1', 'http://127.0.0.1:1/compute/v1/'],
  ['http://127.0.0.1:1/', 'http://127.0.0.1:1/compute/v1/'],
  ['http://127.0.0.1:1/compute/compute/v1', 'http://127.0.0.1:1/compute/compute/v1/'],
  ['https://compute.example.com/compute/beta/', 'https://compute.example.com/compute/beta/'],
])('gcloud’s override %s wins, and means what it means to gcloud', (override, endpoint) => {
  expect(endpointOf('compute', { [compute]: override }, 'https://{api}.example.com/')).toBe(endpoint)
})

test('gcloud’s own names of the APIs hold', () => {
  expect(endpointOf('sqladmin', { CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: 'http://127.0.0.1:1/sql' }, null)).toBe(
    'http://127.0.0.1:1/sql/',
  )
})

test('an override that is no URL is refused by its name', () => {
  expect(() => endpointOf('compute', { [compute]: 'compute.example.com' }, null)).toThrow(`${compute} is no URL`)
})
