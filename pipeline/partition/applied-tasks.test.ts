import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { AppliedTasks } from './applied-tasks.ts'
import { maxTasksUnderWay } from './task.ts'

const amount = fc.oneof(fc.constant(0), fc.nat())
const outcome = fc.record({ records: amount, changes: amount, deadLetters: amount, released: amount })

test('I11: a worker that takes over knows the latest results of its session, in any number of commits', () => {
  fc.assert(
    fc.property(fc.array(fc.array(outcome, { maxLength: 40 }), { maxLength: 8 }), (commits) => {
      const applied = new AppliedTasks('s', null)
      let seq = 0
      const all = commits.map((outcomes) => outcomes.map((one) => ({ seq: ++seq, ...one })))
      for (const results of all) applied.add(results)
      const next = new AppliedTasks('s', applied.toJson())
      expect([next.seq, next.results]).toEqual([seq, all.flat().slice(-maxTasksUnderWay)])
      expect(next.toJson()).toBe(applied.toJson())
    }),
    runs(200),
  )
})

test('what another session applied is not of this one', () => {
  const earlier = new AppliedTasks('earlier', null)
  earlier.add([{ seq: 1, records: 1, changes: 1, deadLetters: 0, released: 0 }])
  const { seq, results } = new AppliedTasks('later', earlier.toJson())
  expect([seq, results]).toEqual([0, []])
})
