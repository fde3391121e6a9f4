import { expect, test } from 'bun:test'
import { referenceOf } from './references.ts'

const path = 'projects/acme-shop/zones/europe-west1-b/disks/web'
const endpoints = new Set(['127.0.0.1:8080'])

test.each([
  `https://www.googleapis.com/compute/v1/${path}`,
  `https://compute.googleapis.com/compute/beta/${path}`,
  `https://www.googleapis.com/compute/alpha/${path}`,
  `https://compute-vaino.p.googleapis.com/compute/v1/${path}`,
  `http://127.0.0.1:8080/compute/compute/v1/${path}`,
])('%s is the path of a thing', (text) => expect(referenceOf(text, endpoints)).toBe(path))

test('references of other APIs lose host and version too', () => {
  expect(referenceOf('https://container.googleapis.com/v1/projects/p/locations/l/clusters/c', endpoints)).toBe(
    'projects/p/locations/l/clusters/c',
  )
})

test.each([
  'https://example.com/compute/v1/projects/p/push',
  'https://shop.example.com/v1/projects/p',
  'https://run.googleapis.com/apis/serving.knative.dev/v1/namespaces/1/services/x',
  'https://www.googleapis.com/compute/v1/projects/p?key=1',
  'gs://bucket/object',
  'http://127.0.0.1:9090/v1/projects/p',
])('what is no reference to a thing of Google’s stays as it is: %s', (text) =>
  expect(referenceOf(text, endpoints)).toBe(text),
)
