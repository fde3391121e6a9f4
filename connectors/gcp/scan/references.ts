import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** `v1`, `v1beta1`, `beta`: what stands in front of the path of a thing. */
const version =
  /^\/(?:[a-z]+\/)*(?:v\d+(?:p\d+)?(?:(?:alpha|beta|small|eap)\d*)?|alpha|beta|staging_v1)\/(?=(?:projects|folders|organizations|b)\/)/

/**
 * Takes host and version out of the references in a value, in place: `https://www.googleapis.com/compute/v1/projects/p/global/networks/n` and
 * what another version or an endpoint of one's own writes are one thing. Addresses of other hosts stay as they are: where messages are
 * pushed to, for example.
 * @param endpoints hosts, beside Google's, at which the APIs answer
 */
export function shortenReferences(value: JsonObject, endpoints: ReadonlySet<string>): void {
  for (const [name, member] of Object.entries(value)) value[name] = shortened(member, endpoints)
}

function shortened(value: Json, endpoints: ReadonlySet<string>): Json {
  if (typeof value === 'string') return referenceOf(value, endpoints)
  if (Array.isArray(value)) return value.map((one) => shortened(one, endpoints))
  if (isObject(value)) shortenReferences(value, endpoints)
  return value
}

/** The path of a thing in a reference; any other text as it is. */
export function referenceOf(text: string, endpoints: ReadonlySet<string>): string {
  if (!/^https?:\/\//.test(text)) return text
  const url = URL.parse(text)
  if (url === null || url.search !== '' || url.hash !== '') return text
  if (!url.hostname.endsWith('.googleapis.com') && !endpoints.has(url.host)) return text
  const path = url.pathname.replace(version, '')
  return path === url.pathname ? text : decodeURI(path)
}
