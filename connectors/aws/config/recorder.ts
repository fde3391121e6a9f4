import { z } from 'zod'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Session } from '../session/session.ts'

const types = z.array(z.string()).nullish()
/** ISO, as all times in answers are here. */
const time = z.coerce.date().nullish()
const described = z.looseObject({
  ConfigurationRecorders: z.array(
    z.looseObject({
      name: z.string(),
      recordingScope: z.string().nullish(),
      recordingGroup: z
        .looseObject({
          allSupported: z.boolean().nullish(),
          resourceTypes: types,
          exclusionByResourceTypes: z.looseObject({ resourceTypes: types }).nullish(),
          recordingStrategy: z.looseObject({ useOnly: z.string().nullish() }).nullish(),
        })
        .nullish(),
      recordingMode: z
        .looseObject({
          recordingFrequency: z.string(),
          recordingModeOverrides: z
            .array(z.looseObject({ resourceTypes: z.array(z.string()), recordingFrequency: z.string() }))
            .nullish(),
        })
        .nullish(),
    }),
  ),
})
const statuses = z.looseObject({
  ConfigurationRecordersStatus: z.array(
    z.looseObject({
      name: z.string(),
      recording: z.boolean(),
      lastStatus: z.string().nullish(),
      lastErrorCode: z.string().nullish(),
      lastStartTime: time,
      lastStatusChangeTime: time,
    }),
  ),
})

type Described = z.infer<typeof described>['ConfigurationRecorders'][number]
type Status = z.infer<typeof statuses>['ConfigurationRecordersStatus'][number]

/** A recorder says that it is pending from its start on; what says so later than this has recorded something since, milliseconds. */
const startMs = 60_000

/** Why AWS Config does not show a type of one region as it is now; null where it does. */
export type WhyNotRecorded = (type: string) => string | null

const nowhere = 'AWS Config has no recorder there'

/**
 * Looks what the recorders of a region record. A type counts where one of them is on, works, records the type, and does so with each
 * change: what is recorded once a day would be shown as it was yesterday.
 * @throws CallFailure
 */
export async function recordersIn(session: Session, region: string, signal: AbortSignal): Promise<WhyNotRecorded> {
  const call = (operation: string) => session.call('config', region, operation, {}, signal)
  const recorders = described.safeParse(await call('DescribeConfigurationRecorders'))
  if (!recorders.success) throw unusable('config:DescribeConfigurationRecorders', 'the answer holds no recorders')
  const found = recorders.data.ConfigurationRecorders
  if (found.length === 0) return () => nowhere
  const status = statuses.safeParse(await call('DescribeConfigurationRecorderStatus'))
  if (!status.success) throw unusable('config:DescribeConfigurationRecorderStatus', 'the answer holds no status')
  return whyNotRecorded(found, status.data.ConfigurationRecordersStatus)
}

/** Of the reasons of several recorders the last is said. */
export function whyNotRecorded(recorders: readonly Described[], states: readonly Status[]): WhyNotRecorded {
  // Those of another service of AWS record for it alone, and nobody else sees what.
  const own = recorders.filter(({ recordingScope }) => recordingScope !== 'INTERNAL')
  return (type) => {
    let why: string | null = nowhere
    for (const recorder of own) {
      const state = states.find(({ name }) => name === recorder.name)
      why = whyNotBy(recorder, state, type)
      if (why === null) return null
    }
    return why
  }
}

function whyNotBy({ name, recordingGroup, recordingMode }: Described, state: Status | undefined, type: string) {
  if (state?.recording !== true) return `the recorder ${name} of AWS Config is stopped`
  if (state.lastStatus?.toUpperCase() === 'FAILURE')
    return `the recorder ${name} of AWS Config fails: ${state.lastErrorCode ?? 'it does not say why'}`
  if (isStarting(state))
    return `the recorder ${name} of AWS Config has just been started, and has not recorded what there is`
  if (!isInGroup(recordingGroup ?? {}, type)) return `the recorder ${name} of AWS Config does not record the type`
  const { recordingFrequency = 'CONTINUOUS', recordingModeOverrides } = recordingMode ?? {}
  const own = recordingModeOverrides?.find(({ resourceTypes }) => resourceTypes.includes(type))
  const frequency = own?.recordingFrequency ?? recordingFrequency
  return frequency === 'CONTINUOUS' ? null : `the recorder ${name} of AWS Config records the type once a day`
}

/**
 * Whether it has recorded nothing since it was started: what was there then, and what went before, is not known yet. Later `PENDING` says that the newest event is
 * not recorded yet, which will be seen a moment later.
 */
function isStarting({ lastStatus, lastStartTime, lastStatusChangeTime }: Status): boolean {
  if (lastStatus == null) return true
  if (lastStatus.toUpperCase() !== 'PENDING') return false
  if (lastStartTime == null || lastStatusChangeTime == null) return true
  return lastStatusChangeTime.getTime() - lastStartTime.getTime() < startMs
}

type Group = NonNullable<Described['recordingGroup']>

function isInGroup(group: Group, type: string): boolean {
  const { allSupported, resourceTypes, exclusionByResourceTypes, recordingStrategy } = group
  const strategy = recordingStrategy?.useOnly ?? (allSupported ? 'ALL_SUPPORTED_RESOURCE_TYPES' : '')
  if (strategy === 'ALL_SUPPORTED_RESOURCE_TYPES') return true
  if (strategy === 'EXCLUSION_BY_RESOURCE_TYPES')
    return exclusionByResourceTypes?.resourceTypes?.includes(type) === false
  return resourceTypes?.includes(type) === true
}

const unusable = (action: string, what: string): CallFailure => new CallFailure(action, what, 'passing', '', null)
