import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/property.ts'
import { type Found, judgeNulls, type Standing, type Witnessed } from './witness.ts'

const nulled = (n: number, type = 'aws_sqs_queue'): Witnessed => ({ id: `${type}.n${n}`, type, cloudId: `c${n}` })
const nulls = (count: number) => Array.from({ length: count }, (_, n) => nulled(n))
const failure = (type: string, reason = 'error') => ({ type, reason })
const never = () => undefined

const verdicts = (found: Found, standing: Parameters<typeof judgeNulls>[1], ...others: Found[]) =>
  [...judgeNulls([found, ...others], standing).values()].map((judgement) =>
    typeof judgement === 'string' ? judgement : 'held',
  )

describe('a null is held', () => {
  test('where more than a fifth of a configuration, and more than three, are null at once', () => {
    expect(verdicts({ present: 16, nulls: nulls(4), failures: [] }, never)).toEqual(Array(4).fill('once'))
    expect(verdicts({ present: 15, nulls: nulls(4), failures: [] }, never)).toEqual(Array(4).fill('held'))
    expect(verdicts({ present: 2, nulls: nulls(3), failures: [] }, never)).toEqual(Array(3).fill('once'))
  })

  test('where everything is null, and it is more than one thing', () => {
    expect(verdicts({ present: 0, nulls: nulls(2), failures: [] }, never)).toEqual(['held', 'held'])
    expect(verdicts({ present: 0, nulls: nulls(1), failures: [] }, never)).toEqual(['once'])
  })

  test('where access was refused anywhere in the pass', () => {
    const failures = [failure('aws_iam_role', 'denied')]
    expect(verdicts({ present: 50, nulls: nulls(1), failures }, () => 'once')).toEqual(['held'])
  })

  test('where a read of the same family of types failed', () => {
    const failures = [failure('aws_sqs_queue_policy', 'throttled')]
    const others = [nulled(0), nulled(1, 'aws_sns_topic')]
    expect(verdicts({ present: 50, nulls: others, failures }, () => 'once')).toEqual(['held', 'missing'])
  })

  test('where another configuration of the provider met what makes nulls doubtful', () => {
    const small = { present: 9, nulls: nulls(1), failures: [] }
    const met = (more: Partial<Found>): Found => ({ present: 90, nulls: [], failures: [], ...more })
    const once = () => 'once' as const
    expect(verdicts(small, once, met({}))).toEqual(['missing'])
    expect(verdicts(small, once, met({ failures: [failure('aws_vpc', 'denied')] }))).toEqual(['held'])
    expect(verdicts(small, once, met({ failures: [failure('aws_sqs_queue_policy')] }))).toEqual(['held'])
    const flooded = Array.from({ length: 40 }, (_, n) => nulled(n, 'aws_vpc'))
    expect(verdicts(small, once, met({ present: 60, nulls: flooded }))[0]).toBe('held')
  })
})

test('what was believed before stays, and makes nothing doubtful', () => {
  const standing = ({ id }: Witnessed): Standing | undefined => (id.endsWith('n9') ? undefined : 'missing')
  expect(verdicts({ present: 5, nulls: nulls(10), failures: [] }, standing)).toEqual([
    ...Array(9).fill('missing'),
    'once',
  ])
})

test('nothing is called missing at its first null, nor in a pass with a refusal, whatever else there is', () => {
  const type = fc.constantFrom('aws_sqs_queue', 'aws_s3_bucket', 'kubernetes_secret', 'x')
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.uniqueArray(fc.tuple(fc.nat(30), type), { selector: ([n, of]) => `${n} ${of}`, maxLength: 20 }),
      fc.array(fc.record({ type, reason: fc.constantFrom('denied', 'error', 'timed_out') }), { maxLength: 3 }),
      fc.func(fc.constantFrom<(Standing | undefined)[]>('once', 'missing', undefined)),
      (present, given, failures, standingOf) => {
        const all = given.map(([n, of]) => nulled(n, of))
        const standing = new Map(all.map((each) => [each.id, standingOf(each.id)]))
        const judged = judgeNulls([{ present, nulls: all, failures }], ({ id }) => standing.get(id))
        expect([...judged.keys()].sort()).toEqual(all.map(({ id }) => id).sort())
        const newly = all.filter(({ id }) => standing.get(id) !== 'missing' && judged.get(id) === 'missing')
        for (const { id } of newly) expect(standing.get(id)).toBe('once')
        if (failures.some(({ reason }) => reason === 'denied')) expect(newly).toEqual([])
        const total = present + all.length + failures.length
        const fresh = all.filter(({ id }) => standing.get(id) !== 'missing')
        if (newly.length > 3) expect(fresh.length).toBeLessThanOrEqual(total / 5)
        for (const { id } of all) if (standing.get(id) === 'missing') expect(judged.get(id)).toBe('missing')
      },
    ),
    runs(500),
  )
})
