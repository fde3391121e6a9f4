import { z } from 'zod'
import { isObject, parseJson } from '../../../model/json.ts'
import type { ScanError } from '../../../model/record.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Checked } from '../../source.ts'
import type { Session } from '../session/session.ts'
import { type CloudTrailEvent, readDetail } from './cloudtrail-event.ts'
import type { EventHistory } from './look-ups.ts'

/** Pages of 50 events that are read for one name: who only reads a thing fills them. */
const maxPages = 2

const answer = z.looseObject({
  Events: z.array(z.looseObject({ CloudTrailEvent: z.string().optional() })).optional(),
  NextToken: z.string().optional(),
})

/** CloudTrail's event history of the last 90 days, which every account has without a trail. */
export function cloudTrailHistory(session: Session, account: string, region: string): EventHistory {
  return {
    async eventsOf(name, sinceMs, signal) {
      const asked = {
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: name }],
        StartTime: new Date(sinceMs),
        MaxResults: 50,
      }
      const found: CloudTrailEvent[] = []
      let next: string | undefined
      for (let page = 0; page < maxPages; page++) {
        const more = next === undefined ? {} : { NextToken: next }
        const read = answer.safeParse(
          await session.call('cloudtrail', region, 'LookupEvents', { ...asked, ...more }, signal),
        )
        if (!read.success) {
          throw new CallFailure('cloudtrail:LookupEvents', 'the answer holds no events', 'passing', '', null)
        }
        found.push(...(read.data.Events ?? []).flatMap(({ CloudTrailEvent: text }) => eventIn(text, account)))
        next = read.data.NextToken
        if (next === undefined) break
      }
      return found
    },
  }
}

function eventIn(text: string | undefined, account: string): CloudTrailEvent[] {
  if (text === undefined) return []
  const parsed = parseJson(text)
  const event = isObject(parsed) ? readDetail(parsed, account) : 'unusable'
  return typeof event === 'string' ? [] : [event]
}

/**
 * Whether a history may be read.
 * @param say makes a failure readable
 */
export async function historyCheck(
  history: EventHistory,
  say: (error: unknown) => ScanError,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  try {
    await history.eventsOf('vaino', Date.now() - 60_000, signal)
    return []
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof CallFailure)) throw error
    return [{ what: 'who makes changes (`events: {lookup: false}` does without)', problem: say(error) }]
  }
}
