import type { Item } from '../client/types.ts'

type Resource = Item['resource']
type Header = Pick<Resource, 'id' | 'name' | 'namespace'>

/** Another resource that a document names. */
export interface Reference {
  /** Where it is named, from `configuration` on. */
  readonly path: string
  /** As the document has it. */
  readonly value: string
  /** What finds it, as filters of the API. */
  readonly filters: Readonly<Record<string, string>>
  isMeant(found: Header): boolean
}

/** References that are looked up for one document. */
const maxReferences = 8
/** Values that are looked at; a larger document is left at that. */
const maxValues = 5000

/** An id of EC2 (`sg-0abc`), an ARN, a path of Google Cloud, with or without what stands before it in a link. */
const idForms = [/^[a-z]+-[0-9a-f]{4,17}$/, /^arn:[\w-]+:[\w-]+:/, /^projects\/[^/]+\/.+/]
const fromLink = (text: string): string => text.replace(/^https:\/\/[\w.-]*googleapis\.com\/.*?(?=projects\/)/, '')

/** Texts of a document with their paths. */
function* textsOf(document: unknown): Generator<readonly [path: string, text: string]> {
  const waiting: (readonly [path: string, value: unknown])[] = [['', document]]
  for (let looked = 0; looked < maxValues; looked++) {
    const next = waiting.shift()
    if (next === undefined) return
    const [path, value] = next
    if (typeof value === 'string') yield [path, value]
    else if (Array.isArray(value)) waiting.push(...value.slice(0, 100).map((each) => [path, each] as const))
    else if (typeof value === 'object' && value !== null)
      waiting.push(
        ...Object.entries(value).map(([name, each]) => [path === '' ? name : `${path}.${name}`, each] as const),
      )
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Kubernetes' `ownerReferences`. */
function ownersOf({ configuration, account, namespace }: Resource): Reference[] {
  const metadata = isRecord(configuration) && isRecord(configuration.metadata) ? configuration.metadata : {}
  const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : []
  return owners.filter(isRecord).map(({ apiVersion, kind, name }) => {
    const [group, version] = String(apiVersion).split('/')
    const type = version === undefined ? String(kind) : `${group}.${kind}`
    return {
      path: 'owner',
      value: `${type} ${name}`,
      filters: { provider: 'kubernetes', ...(account == null ? {} : { account }), type, name: String(name) },
      // An owner is in the same namespace, or in none.
      isMeant: (found) => found.namespace == null || found.namespace === namespace,
    }
  })
}

/** Whether an ARN is one of a thing with this id or name. */
const endsIn = (arn: string, text: string | null | undefined): boolean =>
  text != null && text !== '' && (arn === text || arn.endsWith(`:${text}`) || arn.endsWith(`/${text}`))

/** Other resources that a document names, by Kubernetes' owners and by values that are ids. */
export function referencesOf(resource: Resource): readonly Reference[] {
  const own = new Set([resource.id, resource.name ?? '', resource.uid ?? ''])
  const found = new Map(ownersOf(resource).map((owner) => [owner.value, owner]))
  for (const [path, text] of textsOf(resource.configuration)) {
    const value = fromLink(text)
    const lastName = path.split('.').at(-1) ?? ''
    const isOwn = own.has(value) || path === 'arn' || path === 'id' || lastName === 'self_link'
    if (isOwn || value.length > 300 || found.has(value) || !idForms.some((form) => form.test(value))) continue
    const isArn = value.startsWith('arn:')
    const isMeant = ({ id, name }: Header) => id === value || (isArn && (endsIn(value, id) || endsIn(value, name)))
    found.set(value, { path, value, filters: { q: value }, isMeant })
    if (found.size >= maxReferences) break
  }
  return [...found.values()].slice(0, maxReferences)
}
