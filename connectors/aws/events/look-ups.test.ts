import { expect, test } from 'bun:test'
import type { Scope } from '../../../model/scope.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Attribution, RecordedChange } from '../../source.ts'
import { type CloudTrailEvent, readDetail } from './cloudtrail-event.ts'
import { LookUps } from './look-ups.ts'

const account = '111122223333'
const noon = Date.parse('2026-11-29T12:00:00Z')
const groups = `aws/${account}/eu-west-1/aws_security_group` as Scope
const roles = `aws/${account}/-/aws_iam_role_policy` as Scope

const change = (scope: Scope, id: string, more: Partial<RecordedChange> = {}): RecordedChange => ({
  ...{ op: 'u', scope, id, recordedAtMs: noon },
  resource: { id, type: 'aws_thing', provider: 'aws', metadata: { arn: `arn:aws:thing:${id}` } },
  ...more,
})

function event(id: string, eventName: string, request: object, agoS: number, source = 'ec2'): CloudTrailEvent {
  const read = readDetail(
    {
      ...{ eventID: id, eventName, eventSource: `${source}.amazonaws.com`, awsRegion: 'eu-west-1', readOnly: false },
      ...{ eventTime: new Date(noon - agoS * 1000).toISOString(), requestParameters: { ...request } },
      userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/${id}` },
    },
    account,
  )
  if (typeof read === 'string') throw new Error(read)
  return read
}

interface Said {
  readonly scope: Scope
  readonly id: string
  readonly by: Attribution
  readonly isRecorded: boolean | undefined
}

/** Looks up who made changes in histories that answer with the next of these lists each time, until nothing waits any more. */
async function lookUp(
  changes: readonly RecordedChange[],
  answers: readonly (readonly CloudTrailEvent[] | CallFailure)[],
  pauses: readonly number[] = [1, 1, 1],
) {
  const ending = new AbortController()
  const asked: string[] = []
  const said: Said[] = []
  const waiting = [...answers]
  const history = {
    async eventsOf(name: string) {
      asked.push(name)
      const next = waiting.shift() ?? []
      if (next instanceof CallFailure) throw next
      return next
    },
  }
  const lookUps = new LookUps()
  lookUps.add(changes)
  const attributed = (scope: Scope, id: string, by: Attribution, isRecorded?: boolean) => {
    said.push({ scope, id, by, isRecorded })
  }
  const running = lookUps.run(
    () => history,
    () => [],
    { attributed },
    ending.signal,
    pauses,
  )
  await lookUps.idle()
  ending.abort()
  await running
  return { asked, said }
}

const opened = (id: string, agoS: number) =>
  event(id, 'AuthorizeSecurityGroupIngress', { groupId: 'sg-0123456789abcdef0' }, agoS)
const group = change(groups, 'sg-0123456789abcdef0')

test('the newest event that is about the thing, and not after its change, names who made it', async () => {
  const foreign = event('foreign', 'AuthorizeSecurityGroupIngress', { groupId: 'sg-00000000000000000' }, 5)
  const { said, asked } = await lookUp(
    [group],
    [[opened('later', -30), foreign, opened('alice', 20), opened('bob', 90)]],
  )
  expect(said).toMatchObject([{ scope: groups, id: group.id, isRecorded: true, by: { event: { id: 'alice' } } }])
  expect(said[0]?.by.actor).toMatchObject({ arn: `arn:aws:iam::${account}:user/alice` })
  expect(asked).toEqual([group.id])
})

test('an event that CloudTrail shows minutes later is found by asking again, and one that never comes is given up', async () => {
  const late = await lookUp([group], [[], [], [], [opened('alice', 20)]])
  expect(late.said).toHaveLength(1)
  const never = await lookUp([group], [], [1, 1])
  expect(never.said).toEqual([])
  // By its id and by its ARN, three times.
  expect(never.asked).toHaveLength(2 * 3)
})

test('of two changes of a thing each has an event of its own', async () => {
  const lookUps = new LookUps()
  const ending = new AbortController()
  const said: string[] = []
  const history = { eventsOf: async () => [opened('alice', 20)] }
  const out = { attributed: (_scope: Scope, _id: string, by: Attribution) => void said.push(by.event?.id ?? '') }
  const running = lookUps.run(
    () => history,
    () => [],
    out,
    ending.signal,
    [1],
  )
  for (let n = 0; n < 2; n++) {
    lookUps.add([group])
    await lookUps.idle()
  }
  ending.abort()
  await running
  expect(said).toEqual(['alice'])
})

test('a part of a thing is looked up by the thing’s name too', async () => {
  const put = event('alice', 'PutRolePolicy', { roleName: 'app', policyName: 'inline' }, 20, 'iam')
  const { said, asked } = await lookUp(
    [change(roles, 'app:inline', { resource: { id: 'app:inline', type: 't', provider: 'aws' } })],
    [[], [put]],
  )
  expect(asked).toEqual(['app:inline', 'app'])
  expect(said).toHaveLength(1)
})

test('where the history may not be read it is not asked on, and where it can’t be read once it is asked again', async () => {
  const failure = (kind: CallFailure['kind']) => new CallFailure('cloudtrail:LookupEvents', 'no', kind, 'X', null)
  const others = ['sg-00000000000000001', 'sg-00000000000000002'].map((id) => change(groups, id))
  const denied = await lookUp([group, ...others], [failure('denied')])
  expect(denied.asked).toHaveLength(1)
  const failed = await lookUp([group], [failure('passing'), [opened('alice', 20)]])
  expect(failed.said).toHaveLength(1)
})
