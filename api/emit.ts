import type { EventName, FieldsOf } from '../pipeline/telemetry/event-table.ts'

/** Reports an event: writes its log line and updates its metrics. */
export type Emit = <E extends EventName>(event: E, fields: FieldsOf<E>) => void
