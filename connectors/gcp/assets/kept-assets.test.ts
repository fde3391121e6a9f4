import { expect, test } from 'bun:test'
import type { Resource } from '../../../model/resource.ts'
import type { Scope } from '../../../model/scope.ts'
import { digestOf, KeptAssets } from './kept-assets.ts'

const scope = 'gcp/acme-shop/-/x' as Scope
const asset = (id: string, size = 1): Resource => ({ id, type: 'x', provider: 'gcp', configuration: { size } })

function keeping() {
  let minutes = 0
  const kept = new KeptAssets(() => minutes * 60_000)
  const list = (...ids: string[]) => {
    for (const id of ids) kept.newest(scope, asset(id), '2026-11-29T12:00:00Z')
    const { late, unknown } = kept.listed(scope, new Set(ids))
    return [...late.map(({ id }) => id), ...(unknown > 0 ? [unknown] : [])]
  }
  const wait = (more: number): void => {
    minutes += more
  }
  return { kept, list, wait }
}

test('I5: what one listing lacks is still there, and what two lack, ten minutes apart, is gone', () => {
  const { list, wait } = keeping()
  expect(list('a', 'b')).toEqual([])
  wait(10)
  expect(list('a')).toEqual(['b'])
  wait(9)
  expect(list('a')).toEqual(['b'])
  wait(1)
  expect(list('a')).toEqual([])
})

test('I5: what comes back in between was never gone, and is waited for anew', () => {
  const { list, wait } = keeping()
  list('a', 'b')
  wait(10)
  expect(list('a')).toEqual(['b'])
  wait(5)
  expect(list('a', 'b')).toEqual([])
  wait(10)
  expect(list('a')).toEqual(['b'])
})

test('a listing that is older than the one before takes nothing back', () => {
  const { kept } = keeping()
  const newer = kept.newest(scope, asset('a', 2), '2026-11-29T12:05:00Z')
  expect(kept.newest(scope, asset('a', 1), '2026-11-29T12:00:00Z')).toBe(newer)
  expect(kept.newest(scope, asset('a', 3), '2026-11-29T12:06:00Z').configuration).toEqual({ size: 3 })
})

test('I10: documents have a bound, beyond which what is late is not known', () => {
  const { kept, wait } = keeping()
  const large = { ...asset('a'), configuration: { text: 'x'.repeat(20 * 2 ** 20) } }
  kept.newest(scope, large, '2026-11-29T12:00:00Z')
  kept.listed(scope, new Set(['a', 'b']))
  kept.newest(scope, { ...large, id: 'b' }, '2026-11-29T12:00:00Z')
  wait(10)
  const { late, unknown } = kept.listed(scope, new Set())
  expect([late.map(({ id }) => id), unknown]).toEqual([['b'], 1])
})

test('the digest of a listing is that of its ids, in whatever order', () => {
  expect(digestOf(['a', 'b'])).toBe(digestOf(['b', 'a']))
  expect(digestOf(['a'])).not.toBe(digestOf(['a', 'b']))
})

test('I5: what an earlier process had seen is gone ten minutes after the first listing of this one, no sooner', () => {
  let minutes = 0
  const kept = new KeptAssets(() => minutes * 60_000)
  kept.listed(scope, new Set(['a']))
  expect(kept.isConfirmed(scope)).toBe(false)
  minutes = 9
  kept.listed(scope, new Set(['a']))
  expect(kept.isConfirmed(scope)).toBe(false)
  minutes = 10
  expect(kept.isConfirmed(scope)).toBe(true)
})
