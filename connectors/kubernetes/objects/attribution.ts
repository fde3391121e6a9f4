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

/** Objects of one kind whose last writes are kept: 2 MB. */
const maxKept = 10_000

/** What an object had when it was read last. */
interface Seen {
  readonly newest: readonly string[]
  readonly replicas: number | null
}

/**
 * Who made each event of a watch. Times are seconds, in which a controller answers an edit, or one edit follows another: of the newest
 * entries the one that the event before did not have is the writer's. Whoever scales has an entry without a time, which stays as it is when the
 * same one scales again: where the number of replicas is another one, and such an entry has it, that is the writer's.
 */
export class LastWrites {
  /** By object; the one that was written longest ago is dropped first. */
  readonly #seen = new Map<string, Seen>()

  /** @param replicas of an object that can be scaled */
  attributionOf(id: string, managers: readonly Manager[], replicas: number | null = null): Attribution | undefined {
    const before = this.#seen.get(id)
    const time = managers.reduce<string>((last, one) => (one.time !== null && one.time > last ? one.time : last), '')
    const newest = managers.filter((one) => one.time === time)
    this.#seen.delete(id)
    this.#seen.set(id, { newest: newest.map(keyOf), replicas })
    if (this.#seen.size > maxKept) for (const oldest of this.#seen.keys()) if (this.#seen.delete(oldest)) break
    // An entry of the object itself that sets the number takes it from who has scaled.
    const scaler = managers.find(({ subresource }) => subresource === 'scale')
    if (scaler !== undefined && before !== undefined && before.replicas !== replicas) return written(scaler)
    const fresh = before === undefined ? [] : newest.filter((one) => !before.newest.includes(keyOf(one)))
    // All of them stood there before: only the status may have been written again by the one who had.
    const isAgain = before !== undefined && fresh.length === 0 && newest.some(({ subresource }) => subresource !== null)
    if (isAgain) return written(newest.find(({ subresource }) => subresource !== null) ?? null)
    return attributionOf(fresh.length > 0 ? fresh : managers)
  }

  forget(id: string): void {
    this.#seen.delete(id)
  }
}

const keyOf = ({ manager, operation, subresource, time }: Manager): string =>
  `${manager} ${operation} ${subresource ?? ''} ${time}`

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
