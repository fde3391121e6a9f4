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
  const [own, status] = [newest(managers, false), newest(managers, true)]
  return written(isLater(status, own) ? status : own)
}

/** Objects of one kind whose last writes are kept: 1 MB. */
const maxKept = 10_000

/**
 * Who made each event of a watch. A controller writes an object's status in the second of the edit that it answers, so of two entries of one
 * second the one that the event before did not have is the writer's.
 */
export class LastWrites {
  /** Of each object the newest time of its own entries; the object that was written longest ago is dropped first. */
  readonly #own = new Map<string, string | null>()

  attributionOf(id: string, managers: readonly Manager[]): Attribution | undefined {
    const [own, status] = [newest(managers, false), newest(managers, true)]
    const before = this.#own.get(id)
    this.#own.delete(id)
    this.#own.set(id, own?.time ?? null)
    if (this.#own.size > maxKept) for (const oldest of this.#own.keys()) if (this.#own.delete(oldest)) break
    const isStatus = isLater(status, own) || (own?.time === status?.time && own?.time === before)
    return written(isStatus ? (status ?? own) : own)
  }

  forget(id: string): void {
    this.#own.delete(id)
  }
}

/** The newest entry of the object itself, or of its subresources. */
function newest(managers: readonly Manager[], ofSubresource: boolean): Manager | null {
  let last: Manager | null = null
  for (const one of managers)
    if ((one.subresource !== null) === ofSubresource && one.time !== null && isLater(one, last)) last = one
  return last
}

const isLater = (one: Manager | null, other: Manager | null): boolean => (one?.time ?? '') > (other?.time ?? '')

function written(last: Manager | null): Attribution | undefined {
  if (last === null) return undefined
  const { manager, operation, subresource, time } = last
  return {
    occurredAt: time,
    actor: { type: 'field_manager', name: manager, operation, ...(subresource === null ? {} : { subresource }) },
  }
}
