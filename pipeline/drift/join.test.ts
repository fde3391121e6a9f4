import { describe, expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import { itemsOf, liveScopeOf, logOf, openEstate, reading, scanOf, stateScope, storyOf } from './estate.case.ts'
import { awsScope, found, managed } from './join.case.ts'

const state = stateScope('app')
const queues = awsScope('aws_sqs_queue')
const groups = awsScope('aws_security_group')
const rules = awsScope('aws_vpc_security_group_ingress_rule')
const orders = managed('aws_sqs_queue.orders', 'orders')
const anna = { arn: 'arn:aws:iam::111122223333:user/anna' }
const terraform = { user_agent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)' }
const atOnce = { settleMs: 0 }

const told = (view: Parameters<typeof itemsOf>[0]) =>
  itemsOf(view).map(({ status, address, reason }) => [status, address, reason])

describe('what is collected and in no state', () => {
  test('is unmanaged, with who, when and where, and is none when a state takes it in', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    await estate.send(...scanOf(state, 's1', [orders]), ...scanOf(queues, 'q1', [found(queues, 'orders')]))
    const occurred_at = '2026-11-23T12:00:00.000Z'
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'byhand'), actor: anna, occurred_at })
    await view.whenCaughtUp()
    expect(itemsOf(view).filter(({ status }) => status === 'unmanaged')).toMatchObject([
      {
        ...{
          type: 'aws_sqs_queue',
          address: 'byhand',
          resource_id: 'byhand',
          account: '111122223333',
          region: 'eu-west-1',
        },
        ...{
          key: `${queues}/byhand`,
          state: queues,
          identity: 'arn:aws:x:eu-west-1:111122223333:byhand',
          tags: { team: 'web' },
        },
        ...{ actor: anna, occurred_at, group: null, reason: null },
      },
    ])
    expect(view.coverage()).toMatchObject({ managed: 1, unmanaged: 1, unknown: 1, not_covered: 1, exists: 1 })
    await estate.send(...scanOf(state, 's2', [orders, managed('aws_sqs_queue.b', 'byhand')]))
    await view.whenCaughtUp()
    expect(itemsOf(view).filter(({ status }) => status === 'unmanaged')).toEqual([])
    expect(storyOf(view)).toEqual(['open byhand unmanaged ', 'resolved byhand unmanaged '])
    expect(logOf(view)[1]).toMatchObject({ drift: { reason: 'managed' } })
    expect(estate.failures).toEqual([])
  })

  test('is none where AWS made it, or where it is a part of what is managed or AWS made', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const rule = (id: string, group: string) => found(rules, id, { GroupId: group })
    await estate.send(...scanOf(state, 's1', [managed('aws_security_group.web', 'sg-1')]))
    await estate.send(
      ...scanOf(rules, 'r1', [rule('sgr-1', 'sg-1'), rule('sgr-2', 'sg-2'), rule('sgr-3', 'sg-3')]),
      ...scanOf(groups, 'g1', [
        found(groups, 'sg-1'),
        found(groups, 'sg-2', {}, { ambient: 'default' }),
        found(groups, 'sg-3'),
      ]),
    )
    await view.whenCaughtUp()
    const unmanaged = () =>
      itemsOf(view).flatMap(({ status, address, group }) => (status === 'unmanaged' ? [[address, group]] : []))
    expect(unmanaged()).toEqual([
      ['sg-3', null],
      ['sgr-3', `${groups}/sg-3`],
    ])
    // The group leaves its state: it and its rules are nobody's.
    await estate.send(...scanOf(state, 's2', [managed('aws_sqs_queue.orders', 'orders')]))
    await view.whenCaughtUp()
    expect(unmanaged().map(([address]) => address)).toEqual(['sg-1', 'sg-3', 'sgr-1', 'sgr-3'])
  })

  test('is what its document says now, where that alone has changed: what AWS made became somebody’s, and back', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const rule = found(rules, 'sgr-2', { GroupId: 'sg-2' })
    const list = (scan: string, ambient: string | null) =>
      scanOf(groups, scan, [
        found(groups, 'sg-1'),
        found(groups, 'sg-2', {}, ambient === null ? {} : { ambient }),
        found(groups, 'sg-3', {}, { ambient: 'default' }),
      ])
    await estate.send(
      ...scanOf(state, 's1', [managed('aws_security_group.web', 'sg-1')]),
      ...scanOf(rules, 'r1', [rule]),
    )
    const unmanaged = () =>
      itemsOf(view).flatMap(({ status, address, group }) => (status === 'unmanaged' ? [[address, group]] : []))
    const both = [
      ['sg-2', null],
      ['sgr-2', `${groups}/sg-2`],
    ]
    for (const [scan, ambient, want] of [
      ['g1', 'default', []],
      ['g2', null, both],
      ['g4', 'child', []],
      ['g5', null, both],
    ] as const) {
      await estate.send(...list(scan, ambient))
      await view.whenCaughtUp()
      expect([scan, unmanaged()]).toEqual([scan, [...want]])
      expect(view.coverage().unmanaged).toBe(want.length)
    }
    expect(estate.failures).toEqual([])
  })

  test('is joined by account and region, where ids are equal in two', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const elsewhere = [
      awsScope('aws_sqs_queue', '111122223333', 'us-east-1'),
      awsScope('aws_sqs_queue', '444455556666'),
    ]
    const other = managed('aws_sqs_queue.other', 'mails', { account: '444455556666' })
    await estate.send(...scanOf(state, 's1', [orders, other]))
    for (const scope of [queues, ...elsewhere]) await estate.send(...scanOf(scope, 'q1', [found(scope, 'orders')]))
    // Nothing of this account is in any state: nobody says that it is Terraform's business.
    const foreign = awsScope('aws_sqs_queue', '777788889999')
    await estate.send(...scanOf(foreign, 'q1', [found(foreign, 'orders')]))
    await view.whenCaughtUp()
    expect(itemsOf(view).flatMap(({ status, key }) => (status === 'unmanaged' ? [key] : []))).toEqual(
      elsewhere.map((scope) => keyOf(scope as Scope, 'orders')),
    )
  })

  test('is not told while Terraform may still write it down', async () => {
    await using estate = await openEstate()
    await using view = await estate.open({ settleMs: 1500 })
    await estate.send(...scanOf(state, 's1', [orders]), ...scanOf(queues, 'q1', [found(queues, 'orders')]))
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'applied'), actor: terraform })
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'written') })
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'byhand') })
    await view.whenCaughtUp()
    expect(storyOf(view)).toEqual([])
    await estate.send(...scanOf(state, 's2', [orders, managed('aws_sqs_queue.w', 'written')]))
    let scan = 3
    await until('it is told', async () => {
      await estate.send(...scanOf(state, `s${scan++}`, [orders, managed('aws_sqs_queue.w', 'written')]))
      await view.whenCaughtUp()
      return storyOf(view).length > 0
    })
    expect(storyOf(view)).toEqual(['open byhand unmanaged '])
    // Who is known not to be Terraform need not be waited for.
    const occurred_at = new Date().toISOString()
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'console'), actor: anna, occurred_at })
    await view.whenCaughtUp()
    expect(storyOf(view)).toEqual(['open byhand unmanaged ', 'open console unmanaged '])
  })

  test('is none any more when it or its scope is gone', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    await estate.send(
      ...scanOf(state, 's1', [orders]),
      ...scanOf(
        queues,
        'q1',
        ['orders', 'a', 'b'].map((id) => found(queues, id)),
      ),
    )
    await view.whenCaughtUp()
    await estate.send(
      ...scanOf(
        queues,
        'q2',
        ['orders', 'b'].map((id) => found(queues, id)),
      ),
    )
    await view.whenCaughtUp()
    expect(storyOf(view)).toEqual(['open a unmanaged ', 'open b unmanaged ', 'resolved a unmanaged '])
    await estate.engine.forget(queues as Parameters<typeof estate.engine.forget>[0])
    await view.whenCaughtUp()
    expect(itemsOf(view).filter(({ status }) => status === 'unmanaged')).toEqual([])
  })
})

describe('a state that nobody reads live, beside what is collected', () => {
  test('I14: has no fields that are known, and what a complete list lacks is missing', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const topic = managed('aws_sns_topic.a', 'topic')
    const odd = managed('acme_thing.a', 'thing')
    await estate.send(...scanOf(queues, 'q1', [found(queues, 'orders')]))
    await estate.send(...scanOf(state, 's1', [orders, managed('aws_sqs_queue.lost', 'lost'), topic, odd]))
    await view.whenCaughtUp()
    // The list is from before the state.
    expect(told(view)).toEqual([
      ['unknown', 'acme_thing.a', 'not_covered'],
      ['unknown', 'aws_sns_topic.a', 'not_covered'],
      ['unknown', 'aws_sqs_queue.lost', 'not_listed_since'],
      ['unknown', 'aws_sqs_queue.orders', 'fields_not_read'],
    ])
    await estate.send(...scanOf(queues, 'q2', [found(queues, 'orders')]))
    await view.whenCaughtUp()
    expect(told(view).slice(2)).toEqual([
      ['missing', 'aws_sqs_queue.lost', null],
      ['unknown', 'aws_sqs_queue.orders', 'fields_not_read'],
    ])
    expect(view.coverage()).toMatchObject({
      managed: 4,
      missing: 1,
      unknown: 3,
      not_covered: 3,
      exists: 1,
      percent: 25,
    })
    // What can't be looked at is neither there nor gone.
    await estate.send(...scanOf(queues, 'q3', [], { errors: [{ message: 'no', code: 'denied' }] }))
    await view.whenCaughtUp()
    expect(told(view)[2]).toEqual(['unknown', 'aws_sqs_queue.lost', 'failing'])
    // Nor is what takes its place in the state.
    await estate.send(...scanOf(state, 's2', [orders, managed('aws_sqs_queue.late', 'late'), topic, odd]))
    await view.whenCaughtUp()
    expect(told(view)[2]).toEqual(['unknown', 'aws_sqs_queue.late', 'failing'])
    await estate.send(...scanOf(state, 's3', [orders, managed('aws_sqs_queue.lost', 'lost'), topic, odd]))
    await estate.send(...scanOf(queues, 'q4', [found(queues, 'orders'), found(queues, 'lost')]))
    await view.whenCaughtUp()
    expect(told(view)[2]).toEqual(['unknown', 'aws_sqs_queue.lost', 'fields_not_read'])
    expect(estate.failures).toEqual([])
  })

  test('names who deleted what is missing, and waits for the state where that was Terraform', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const mails = managed('aws_sqs_queue.mails', 'mails')
    await estate.send(...scanOf(state, 's1', [mails, orders]))
    await estate.send(...scanOf(queues, 'q1', [found(queues, 'orders'), found(queues, 'mails')]))
    const occurred_at = new Date().toISOString()
    await estate.send({ kind: 'gone', scope: queues, id: 'orders', actor: anna, occurred_at })
    await estate.send({ kind: 'gone', scope: queues, id: 'mails', actor: terraform, occurred_at })
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([
      { address: 'aws_sqs_queue.mails', status: 'unknown', reason: 'apply_in_progress' },
      { address: 'aws_sqs_queue.orders', status: 'missing', actor: anna, occurred_at },
    ])
  })

  test('is told at once when it becomes known who deleted it', async () => {
    await using estate = await openEstate()
    await using view = await estate.open({ settleMs: 3_600_000 })
    await estate.send(...scanOf(state, 's1', [orders]), ...scanOf(queues, 'q1', [found(queues, 'orders')]))
    await estate.send({ kind: 'gone', scope: queues, id: 'orders' })
    await view.whenCaughtUp()
    expect(told(view)).toEqual([['unknown', 'aws_sqs_queue.orders', 'apply_in_progress']])
    const occurred_at = new Date().toISOString()
    await estate.send({
      ...{ kind: 'attributed', scope: queues, id: 'orders', occurred_at, actor: anna },
      event: { id: 'e1', name: 'DeleteQueue', source: 'sqs' },
    })
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'missing', actor: anna, occurred_at }])
  })

  test('a thing without an account of its own is looked for where the others of its provider are', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const nowhere = { account: null, region: null }
    const buckets = awsScope('aws_s3_bucket', '111122223333', null)
    await estate.send(...scanOf(state, 's1', [managed('aws_s3_bucket.a', 'logs', nowhere)]))
    await estate.send(...scanOf(buckets, 'b1', []), ...scanOf(queues, 'q1', [found(queues, 'orders')]))
    await view.whenCaughtUp()
    expect(told(view)).toEqual([['unknown', 'aws_s3_bucket.a', 'not_covered']])
    await estate.send(...scanOf(state, 's2', [managed('aws_s3_bucket.a', 'logs', nowhere), orders]))
    await estate.send(...scanOf(buckets, 'b2', []))
    await view.whenCaughtUp()
    expect(told(view)[0]).toEqual(['missing', 'aws_s3_bucket.a', null])
  })
})

describe('a state that is read live, beside what is collected', () => {
  const live = liveScopeOf('app')

  test('what its provider found null once, and a complete list lacks, is missing at once', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const nulled = { errors: [{ message: 'null', code: 'null_once', ids: ['aws_sqs_queue.orders'] }] }
    await estate.send(...scanOf(state, 's1', [orders]), ...scanOf(live, 'l1', [reading(orders, { id: 'orders' })]))
    await estate.send(...scanOf(queues, 'q1', [found(queues, 'orders')]))
    await estate.send(...scanOf(live, 'l2', [], nulled))
    await view.whenCaughtUp()
    expect(told(view)).toEqual([['unknown', 'aws_sqs_queue.orders', 'null_once']])
    await estate.send({ kind: 'gone', scope: queues, id: 'orders', actor: anna })
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'missing', actor: anna }])
    await estate.send(...scanOf(live, 'l3', [reading(orders, { id: 'orders' })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toEqual([])
    expect(storyOf(view)).toEqual(['open aws_sqs_queue.orders missing ', 'resolved aws_sqs_queue.orders missing '])
  })

  test('what differs names who changed the collected thing, where nobody else does', async () => {
    await using estate = await openEstate()
    await using view = await estate.open(atOnce)
    const sized = managed('aws_sqs_queue.orders', 'orders', { attributes: { size: 1 } })
    await estate.send(
      ...scanOf(state, 's1', [sized]),
      ...scanOf(live, 'l1', [reading(sized, { id: 'orders', size: 1 })]),
    )
    await estate.send(...scanOf(queues, 'q1', [found(queues, 'orders', { Size: '1' })]))
    const occurred_at = new Date().toISOString()
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'orders', { Size: '4' }) })
    await estate.send(...scanOf(live, 'l2', [reading(sized, { id: 'orders', size: 4 })]))
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', actor: null }])
    await estate.send({
      kind: 'attributed',
      scope: queues,
      id: 'orders',
      occurred_at,
      actor: anna,
      event: { id: 'e1' },
    })
    await view.whenCaughtUp()
    expect(itemsOf(view)).toMatchObject([{ status: 'changed', actor: anna, occurred_at }])
    expect(storyOf(view)).toHaveLength(1)
  })

  test('is asked for anew where the collected thing has changed since, with the group that a rule may be a part of, and not before', async () => {
    await using estate = await openEstate()
    const asked: [string, string[] | null][] = []
    const readLive = (of: ReadonlyMap<string, ReadonlySet<string> | null>) =>
      void asked.push(...[...of].map(([scope, ids]): [string, string[] | null] => [scope, ids && [...ids].sort()]))
    await using view = await estate.open({ ...atOnce, readLive })
    const web = managed('aws_security_group.web', 'sg-1')
    await estate.send(
      ...scanOf(queues, 'q1', [found(queues, 'orders')]),
      ...scanOf(groups, 'g1', [found(groups, 'sg-1')]),
    )
    await estate.send(...scanOf(rules, 'r1', []), ...scanOf(state, 's1', [orders, web]))
    await view.whenCaughtUp()
    const now = () => ({ observed_at: new Date().toISOString() })
    const pass = scanOf(live, 'l1', [reading(orders, { id: 'orders' }), reading(web, { id: 'sg-1' })])
    await estate.send(...pass.map((record) => ({ ...record, ...now() })))
    await view.whenCaughtUp()
    expect(asked).toEqual([])
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'orders', { Size: '4' }) })
    await view.whenCaughtUp()
    await estate.send({ kind: 'observed', scope: rules, resource: found(rules, 'sgr-1', { GroupId: 'sg-1' }) })
    await view.whenCaughtUp()
    expect(asked).toEqual([
      [live, ['aws_sqs_queue.orders']],
      [live, ['aws_security_group.web']],
    ])
    // A thing that nobody wrote down asks for nothing.
    await estate.send({ kind: 'observed', scope: queues, resource: found(queues, 'byhand') })
    await view.whenCaughtUp()
    expect(asked).toHaveLength(2)
  })
})
