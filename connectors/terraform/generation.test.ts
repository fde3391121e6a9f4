import { describe, expect, test } from 'bun:test'
import type { Json } from '../../model/resource.ts'
import { messages } from '../../test/sources/recording-sink.ts'
import { succeed } from './generation.ts'

const at = (hours: number): Date => new Date(Date.UTC(2026, 10, 23, 12 + hours))
const state = (lineage: string | null, serial: Json) => ({ lineage, serial, version: 4, terraformVersion: '1.11.4' })

describe('the generations of a state', () => {
  test('follow each other without a warning while the serial rises or stays', () => {
    const first = succeed(undefined, state('a', 3), at(0))
    expect(first.attributes).toEqual({
      lineage: 'a',
      serial: 3,
      format: 4,
      terraform_version: '1.11.4',
      highest_serial: 3,
    })
    const second = succeed(first.attributes, state('a', 3), at(1))
    const third = succeed(second.attributes, state('a', 7), at(2))
    expect([first, second, third].flatMap(({ warnings }) => warnings)).toEqual([])
    expect(third.attributes.highest_serial).toBe(7)
  })

  test('warn of a serial that went back until it has passed what it was', () => {
    let known = succeed(undefined, state('a', 9), at(0)).attributes
    const said: string[][] = []
    for (const serial of [7, 7, 8, 9, 10]) {
      const next = succeed(JSON.parse(JSON.stringify(known)), state('a', serial), at(1))
      said.push(messages(next.warnings))
      known = next.attributes
    }
    expect(said).toEqual([
      ['serial 7 is older than serial 9, which was here before'],
      ['serial 7 is older than serial 9, which was here before'],
      ['serial 8 is older than serial 9, which was here before'],
      [],
      [],
    ])
  })

  test('warn of a new lineage for a day, and count its serial on its own', () => {
    const first = succeed(undefined, state('a', 9), at(0)).attributes
    const changed = succeed(first, state('b', 1), at(1))
    expect(messages(changed.warnings)).toEqual(['lineage b has replaced lineage a at 2026-11-23T13:00:00.000Z'])
    const later = succeed(changed.attributes, state('b', 2), at(20))
    expect(messages(later.warnings)).toEqual(['lineage b has replaced lineage a at 2026-11-23T13:00:00.000Z'])
    expect(succeed(later.attributes, state('b', 2), at(25)).warnings).toEqual([])
  })

  test('warn of no lineage where none was known, or the state says none', () => {
    expect(succeed({}, state('a', 1), at(0)).warnings).toEqual([])
    const without = succeed(undefined, state(null, 1), at(0)).attributes
    expect(succeed(without, state('a', 2), at(1)).warnings).toEqual([])
    const first = succeed(undefined, state('a', 1), at(0)).attributes
    const none = succeed(first, state(null, 2), at(1))
    expect(none.warnings).toEqual([])
    expect(succeed(none.attributes, state('a', 3), at(2)).warnings).toEqual([])
    expect(messages(succeed(none.attributes, state('b', 1), at(2)).warnings)).toEqual([
      'lineage b has replaced lineage a at 2026-11-23T14:00:00.000Z',
    ])
    // What an earlier vaino wrote down of a lineage that it took for replaced.
    const claimed = { lineage: 'a', previous_lineage: null, lineage_since: at(0).toISOString() }
    expect(succeed(claimed, state('a', 2), at(1)).warnings).toEqual([])
  })

  test('compare serials that a double cannot hold', () => {
    const large = JSON.rawJSON('18446744073709551615')
    const known = succeed(undefined, state('a', large), at(0)).attributes
    expect(succeed(known, state('a', 5), at(1)).warnings).toHaveLength(1)
  })
})
