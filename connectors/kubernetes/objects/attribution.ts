import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Attribution } from '../../source.ts'

/** Who has set fields of an object, by its own `managedFields`; the fields themselves are left out. */
export interface Manager {
  readonly manager: string
  /** `Apply` for server-side apply, else `Update`. */
  readonly operation: string
  /** `status`, `scale`; null: the object itself. */
  readonly subresource: string | null
  /** RFC 3339, to the second. */
  readonly time: string | null
}

export function managersOf(metadata: JsonObject): readonly Manager[] {
  const { managedFields = null } = metadata
  if (!Array.isArray(managedFields)) return []
  return managedFields.filter(isObject).flatMap(({ manager, operation, subresource, time }) => {
    if (typeof manager !== 'string') return []
    return [
      {
        manager,
        operation: operation === 'Apply' ? 'Apply' : 'Update',
        subresource: typeof subresource === 'string' && subresource !== '' ? subresource : null,
        time: typeof time === 'string' ? time : null,
      },
    ]
  })
}

/**
 * Who wrote last. The server gives a manager's entry a new time when a write of its changes a field, so the newest entry is the last
 * write's. Times are seconds: of two entries of one second the one of the object itself is taken, not that of its status.
 */
export function attributionOf(managers: readonly Manager[]): Attribution | undefined {
  let last: Manager | null = null
  for (const one of managers) if (one.time !== null && (last === null || isLater(one, last))) last = one
  if (last === null) return undefined
  const { manager, operation, subresource, time } = last
  return {
    occurredAt: time,
    actor: { type: 'field_manager', name: manager, operation, ...(subresource === null ? {} : { subresource }) },
  }
}

function isLater(one: Manager, other: Manager): boolean {
  const [at, otherAt] = [one.time ?? '', other.time ?? '']
  return at === otherAt ? one.subresource === null && other.subresource !== null : at > otherAt
}
