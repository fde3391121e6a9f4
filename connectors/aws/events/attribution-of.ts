import type { Attribution } from '../../source.ts'
import type { CloudTrailEvent } from './cloudtrail-event.ts'

/** Who made the change that an event is about. */
export const attributionOf = ({ id, name, service, occurredAt, actor }: CloudTrailEvent): Attribution => ({
  ...{ occurredAt, actor },
  event: { id, name, source: `${service}.amazonaws.com` },
})
