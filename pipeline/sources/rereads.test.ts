import { expect, test } from 'bun:test'
import type { Source } from '../../connectors/source.ts'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { intervalMs, running, scopeNamed, sourceWith, thing } from '../../test/sources/running.ts'

const a = scopeNamed('a')

/** A source whose things can be read one by one; what it was asked, and how often it was scanned. */
function rereading(more: Partial<Source> = {}) {
  const asked: string[][] = []
  const source = sourceWith({
    async reread(_target, ids, out) {
      asked.push([...ids].sort())
      for (const id of ids) await out.observe(thing(id))
      return {}
    },
    ...more,
  })
  return { asked, source }
}

test('what is asked for within a second is read together, between two scans, and only that', async () => {
  const { asked, source } = rereading()
  await using at = running([source])
  await at.clock.advance(0)
  at.reread(new Map([[a, new Set(['x'])]]))
  await at.clock.advance(500)
  at.reread(new Map([[a, new Set(['y', 'x'])]]))
  await at.clock.advance(600)
  expect(asked).toEqual([['x', 'y']])
  expect(at.sink.followed).toEqual([`observed ${a}/x`, `observed ${a}/y`])
  expect(at.sink.scans).toHaveLength(1)
  // A hundred changes a second are one reading in five seconds.
  for (let n = 0; n < 40; n++) {
    at.reread(new Map([[a, new Set(['x'])]]))
    await at.clock.advance(100)
  }
  expect(asked.length).toBeLessThanOrEqual(2)
})

test('after a failed scan nothing is read before the next one', async () => {
  let fails = true
  const { asked, source } = rereading({
    async scan() {
      if (fails) throw new Error('no')
      return {}
    },
  })
  await using at = running([source])
  await at.clock.advance(0)
  const before = at.sink.scans.length
  at.reread(new Map([[a, new Set(['x'])]]))
  await at.clock.advance(200)
  expect([asked, at.sink.scans.length]).toEqual([[], before])
  fails = false
  await at.clock.advance(intervalMs * 5)
  // The scan has read it.
  expect(asked).toEqual([])
})

test('what is found null is read a second time, in a round of its own, and is gone by the word of that', async () => {
  const rounds: string[][] = []
  const { source } = rereading({
    async reread(_target, ids, out) {
      rounds.push([...ids])
      if (rounds.length === 1) out.missed({ message: 'null', code: 'null_once', ids: ['x'] })
      else await out.gone('x')
      if (rounds.length === 1) await out.observe(thing('y'))
      return {}
    },
  })
  await using at = running([source])
  await at.clock.advance(0)
  at.reread(new Map([[a, new Set(['x', 'y'])]]))
  await at.clock.advance(1100)
  expect(rounds).toEqual([['x', 'y'], ['x']])
  expect(at.sink.followed).toEqual([`observed ${a}/y`, `gone ${a}/x`])
  expect(at.lines.join('')).not.toContain('source_failed')
})

test('what could not be read is said, and the next scan is not hurried', async () => {
  const { source } = rereading({
    async reread(_target, _ids, out) {
      out.missed({ message: 'access is denied', code: 'denied', ids: ['x'] })
      return {}
    },
  })
  await using at = running([source])
  await at.clock.advance(0)
  at.reread(new Map([[a, new Set(['x'])]]))
  await at.clock.advance(1100)
  expect(at.lines.join('')).toContain('access is denied')
  expect(at.status()[0]?.state).toBe('waiting')
  expect(at.sink.scans).toHaveLength(1)
})

test('a source that reads all or nothing is scanned, and so is one of which too much is asked; a scope of no target is ignored', async () => {
  await using plain = running([sourceWith()])
  await plain.clock.advance(0)
  plain.reread(
    new Map([
      [a, new Set(['x'])],
      [scopeNamed('other'), new Set(['x'])],
    ]),
  )
  await plain.clock.advance(200)
  expect(plain.sink.scans).toHaveLength(2)
  const { asked, source } = rereading()
  await using at = running([source], recordingSink())
  await at.clock.advance(0)
  at.reread(new Map([[a, new Set(Array.from({ length: 1001 }, (_, n) => `x${n}`))]]))
  await at.clock.advance(200)
  expect([at.sink.scans.length, asked]).toEqual([2, []])
})
