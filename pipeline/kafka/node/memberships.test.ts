import { expect, test } from 'bun:test'
import { VainoError } from '../../../model/errors.ts'
import { Memberships } from './memberships.ts'

const passing = new VainoError('broker_unreachable', 'the coordinator loads')
const final = new VainoError('broker_refused', 'the timeout is refused')

test('a membership that is refused for good is reported at once, one that passes when it lasts; each once', () => {
  let now = 0
  const reported: string[] = []
  const memberships = new Memberships(
    ({ message }) => void reported.push(message),
    () => now,
  )
  memberships.broke('a', final)
  memberships.broke('a', final)
  memberships.broke('b', passing)
  expect(reported).toEqual([final.message])
  expect(memberships.problems).toEqual([final.message, passing.message])
  now = 11_000
  memberships.broke('b', passing)
  memberships.broke('b', passing)
  expect(reported).toEqual([final.message, passing.message])

  for (const group of ['a', 'b']) memberships.joined(group)
  expect(memberships.problems).toEqual([])
  memberships.broke('b', passing)
  expect(reported).toHaveLength(2)
  memberships.broke('a', final)
  expect(reported).toHaveLength(3)
})
