import { expect, test } from 'bun:test'
import { readGate } from './read-gate.ts'

const never = new AbortController().signal
/** Lets what can happen happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('reads enter in their order, as many as the limit says', async () => {
  const enter = readGate(2)
  const entered: number[] = []
  const leaves = [0, 1, 2, 3].map((at) =>
    enter(false, never).then((leave) => {
      entered.push(at)
      return leave
    }),
  )
  await settle()
  expect(entered).toEqual([0, 1])
  const first = await leaves[0]
  first?.()
  first?.()
  await settle()
  expect(entered).toEqual([0, 1, 2])
})

test('one that must be alone waits for all, goes before those that wait, and holds them back', async () => {
  const enter = readGate(2)
  const entered: string[] = []
  const come = (name: string, isAlone: boolean) =>
    enter(isAlone, never).then((leave) => {
      entered.push(name)
      return leave
    })
  const [a, b] = [come('a', false), come('b', false)]
  const waiting = come('c', false)
  const alone = come('alone', true)
  const other = come('other', true)
  ;(await a)()
  await settle()
  expect(entered).toEqual(['a', 'b'])
  ;(await b)()
  await settle()
  expect(entered).toEqual(['a', 'b', 'alone'])
  ;(await alone)()
  await settle()
  expect(entered).toEqual(['a', 'b', 'alone', 'other'])
  ;(await other)()
  ;(await waiting)()
  expect(entered).toEqual(['a', 'b', 'alone', 'other', 'c'])
})

test('one that gives up is forgotten, and lets in whom it held back', async () => {
  const enter = readGate(1)
  const leave = await enter(false, never)
  const giving = new AbortController()
  const given = enter(true, giving.signal)
  const next = enter(false, never)
  giving.abort(new Error('enough'))
  expect(given).rejects.toThrow('enough')
  leave()
  ;(await next)()
  expect(enter(false, giving.signal)).rejects.toThrow('enough')
})
