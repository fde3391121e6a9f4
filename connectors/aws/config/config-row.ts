import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Row } from '../table/row.ts'

/** Resources of one call: the most that AWS takes, and lists in a page. */
const atOnce = 100

/**
 * How AWS Config reads a type: it lists the ids of what it has discovered, and answers with the recorded configuration of a hundred at
 * once. What is listed and not answered leaves the scan incomplete.
 */
export const configRow = (type: string): Row => ({
  type,
  list: {
    ...{ service: 'config', operation: 'ListDiscoveredResources' },
    input: { resourceType: type, limit: atOnce },
    next: { nextToken: 'nextToken' },
  },
  items: 'resourceIdentifiers',
  batches: [
    {
      operation: 'BatchGetResourceConfig',
      ids: {
        ...{ member: 'resourceKeys', each: '{resourceId}' },
        as: { resourceType: type, resourceId: '{resourceId}' },
      },
      size: atOnce,
      answers: 'baseConfigurationItems',
      key: '{resourceId}',
    },
  ],
  dropped: ({ configurationItemStatus: status }) => typeof status === 'string' && status.startsWith('ResourceDeleted'),
  id: '{resourceId}',
  name: ({ recordedName: name }) => (typeof name === 'string' && name !== '' ? name : null),
  shape: recordedOf,
  metadata: ['arn', 'recordedName'],
})

/**
 * What was recorded of a resource, in the words of its own service or of CloudFormation. Its tags are the ones in there.
 * @throws Error where nothing was recorded: it is not known how the resource looks
 */
function recordedOf({ configuration: text, supplementaryConfiguration, arn, resourceName }: JsonObject): JsonObject {
  const recorded = typeof text === 'string' ? parseJson(text) : text
  if (recorded === undefined || recorded === null || !isObject(recorded))
    throw new Error('AWS Config has recorded no configuration of it')
  const { tags, ...configuration } = recorded
  const more = isObject(supplementaryConfiguration ?? null) ? (supplementaryConfiguration as JsonObject) : {}
  return {
    ...configuration,
    ...(tags === undefined ? {} : { Tags: tags }),
    ...(Object.keys(more).length === 0 ? {} : { supplementaryConfiguration: unpacked(more) }),
    ...(arn === undefined || arn === null ? {} : { arn }),
    ...(resourceName === undefined || resourceName === null ? {} : { recordedName: resourceName }),
  }
}

/** Its values are JSON as text. */
const unpacked = (packed: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(packed).map(([name, value]) => [name, typeof value === 'string' ? orText(value) : value]),
  )

function orText(text: string) {
  try {
    return parseJson(text)
  } catch {
    // A few are plain text.
    return text
  }
}
