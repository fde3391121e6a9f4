import type { AlertMessage } from '../message.ts'

/** What a message means where incidents are kept. */
export interface IncidentAction {
  readonly action: 'open' | 'close'
  /** The same for all that is said of one incident. */
  readonly key: string
}

/** A group is an incident from its first message until nothing of it is open. Changes have no end: each message of them is an incident of its own. */
export function incidentActions({ id, incident, counts, still_open, kind }: AlertMessage): IncidentAction[] {
  if (kind === 'test')
    return [
      { action: 'open', key: incident },
      { action: 'close', key: incident },
    ]
  const actions: IncidentAction[] = []
  if (still_open > 0) actions.push({ action: 'open', key: incident })
  else if (counts.resolved > 0) actions.push({ action: 'close', key: incident })
  if (counts.changes > 0) actions.push({ action: 'open', key: id })
  return actions
}
