import { expect, test } from 'bun:test'
import { whyNotRecorded } from './recorder.ts'

const type = 'AWS::DMS::Endpoint'
const working = { name: 'default', recording: true, lastStatus: 'SUCCESS' }
const all = { allSupported: true }
const saying = (recorder: object, state: object = working) =>
  whyNotRecorded([{ name: 'default', ...recorder }], [{ ...working, ...state }])(type)

test('a type is covered by a recorder that is on, works, records it, and does so with each change', () => {
  const covering = [
    { recordingGroup: all },
    { recordingGroup: { allSupported: false, resourceTypes: [type] } },
    { recordingGroup: { recordingStrategy: { useOnly: 'INCLUSION_BY_RESOURCE_TYPES' }, resourceTypes: [type] } },
    {
      recordingGroup: {
        recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
        exclusionByResourceTypes: { resourceTypes: ['AWS::S3::Bucket'] },
      },
    },
    { recordingGroup: all, recordingMode: { recordingFrequency: 'CONTINUOUS' } },
    {
      recordingGroup: all,
      recordingMode: {
        recordingFrequency: 'DAILY',
        recordingModeOverrides: [{ resourceTypes: [type], recordingFrequency: 'CONTINUOUS' }],
      },
    },
  ]
  for (const recorder of covering) expect([recorder, saying(recorder)]).toEqual([recorder, null])
})

test('what is not recorded, or once a day, or by a recorder that is off or fails, is not covered, and it says why', () => {
  const recorder = 'the recorder default of AWS Config'
  expect(whyNotRecorded([], [])(type)).toBe('AWS Config has no recorder there')
  expect(whyNotRecorded([{ name: 'default', recordingGroup: all }], [])(type)).toBe(`${recorder} is stopped`)
  expect(saying({ recordingGroup: all }, { recording: false })).toBe(`${recorder} is stopped`)
  expect(saying({ recordingGroup: all }, { lastStatus: 'FAILURE', lastErrorCode: 'AccessDenied' })).toBe(
    `${recorder} fails: AccessDenied`,
  )
  const notIn = [
    {},
    { recordingGroup: { resourceTypes: ['AWS::S3::Bucket'] } },
    { recordingGroup: { recordingStrategy: { useOnly: 'SOMETHING_NEW' } } },
    {
      recordingGroup: {
        recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
        exclusionByResourceTypes: { resourceTypes: [type] },
      },
    },
  ]
  for (const group of notIn) expect(saying(group)).toBe(`${recorder} does not record the type`)
  const daily = [
    { recordingFrequency: 'DAILY' },
    {
      recordingFrequency: 'CONTINUOUS',
      recordingModeOverrides: [{ resourceTypes: [type], recordingFrequency: 'DAILY' }],
    },
  ]
  for (const recordingMode of daily)
    expect(saying({ recordingGroup: all, recordingMode })).toBe(`${recorder} records the type once a day`)
  expect(saying({ recordingGroup: all, recordingScope: 'INTERNAL' })).toBe('AWS Config has no recorder there')
})

test('a recorder that has recorded nothing since it was started is not current; one that is about to record one more event is', () => {
  const [started, later] = [new Date('2026-11-30T12:00:00Z'), new Date('2026-11-30T13:00:00Z')]
  const why = 'the recorder default of AWS Config has just been started, and has not recorded what there is'
  const pending = { lastStatus: 'Pending', lastStartTime: started }
  for (const state of [
    { ...pending, lastStatusChangeTime: started },
    { ...pending, lastStatusChangeTime: new Date(started.getTime() + 2_000) },
    { lastStatus: 'PENDING' },
    { lastStatus: null, lastStartTime: started },
  ])
    expect([state, saying({ recordingGroup: all }, state)]).toEqual([state, why])
  expect(saying({ recordingGroup: all }, { ...pending, lastStatusChangeTime: later })).toBeNull()
  expect(saying({ recordingGroup: all }, { lastStatus: 'NotApplicable', lastStartTime: started })).toBeNull()
})

test('of several recorders one that covers the type is enough', () => {
  const two = [
    { name: 'daily', recordingGroup: all, recordingMode: { recordingFrequency: 'DAILY' } },
    { name: 'default', recordingGroup: all },
  ]
  const states = two.map(({ name }) => ({ ...working, name }))
  expect(whyNotRecorded(two, states)(type)).toBeNull()
  expect(whyNotRecorded(two.toReversed(), states)(type)).toBeNull()
})
