import { describe, expect, test } from 'bun:test'
import { parseJson } from '../../../model/json.ts'
import { createRedactor } from '../../../model/redaction.ts'
import type { Resource } from '../../../model/resource.ts'
import { type Case, guises, harmless, traces } from './corpus.ts'

const redactor = createRedactor(Buffer.from('a salt of this deployment'))
const sought = traces()

function redacted({ type, configuration }: Pick<Case, 'type' | 'configuration'>): string {
  const json = JSON.stringify({ id: 'x', type, provider: 'p', configuration })
  const resource = parseJson(json) as unknown as Resource
  redactor.redactResource(resource)
  return JSON.stringify(resource.configuration)
}

const isMissed = (one: Case): boolean => {
  const text = redacted(one)
  return !text.includes('(redacted:') || sought.some((trace) => text.includes(trace))
}
const isInPreview = ({ type, configuration }: Case): boolean => {
  const record = JSON.stringify({ kind: 'observed', scope: 'a/-/-/b', resource: { id: 'x', type, configuration } })
  const preview = redactor.redactText(record.slice(0, -3))
  return sought.some((trace) => preview.includes(trace))
}
const isHidden = (one: Case): boolean => redacted(one).includes('(redacted:')

/** Prints what is wrong, so that a run shows it even where the threshold holds. */
function share(title: string, cases: readonly Case[], isWrong: (one: Case) => boolean): number {
  const wrong = cases.filter(isWrong)
  process.stdout.write(`${title}: ${wrong.length} of ${cases.length}\n`)
  for (const { what } of wrong) process.stdout.write(`    ${what}\n`)
  return wrong.length / cases.length
}

test('I9: a secret that was found in the clear once is never again, nor is a leaf hidden that was hidden once', () => {
  const listed = (cases: readonly Case[]) => cases.filter(({ isListed }) => isListed)
  expect(listed(guises()).length).toBeGreaterThan(50)
  expect(listed(harmless()).length).toBeGreaterThan(40)
  expect(listed(guises()).filter(isMissed)).toEqual([])
  expect(listed(harmless()).filter(isHidden)).toEqual([])
})

test('I9: that a secret changed is seen in every guise, and what is redacted stays as it is', () => {
  const others = guises(1)
  const isBlind = (one: Case) => {
    const other = others.find(({ what }) => what === one.what)
    return other === undefined || (one.what !== 'a number' && redacted(one) === redacted(other))
  }
  const isUnstable = (one: Case) => {
    const once = redacted(one)
    return redacted({ ...one, configuration: JSON.parse(once) }) !== once
  }
  expect(
    guises()
      .filter(isBlind)
      .map(({ what }) => what),
  ).toEqual([])
  expect([...guises(), ...harmless()].filter(isUnstable).map(({ what }) => what)).toEqual([])
})

for (const isHeldOut of [false, true]) {
  const half = isHeldOut ? 'of the hold-out' : 'of the half that rules are made for'
  const of = (cases: readonly Case[]) => cases.filter((one) => one.isHeldOut === isHeldOut)
  describe(half, () => {
    test('I9: at least 97 % of the guises lose their secret', () => {
      expect(share(`missed guises ${half}`, of(guises()), isMissed)).toBeLessThanOrEqual(0.03)
    })
    test('I9: at least 97 % lose it in the preview of a record that is cut off', () => {
      expect(share(`missed in previews ${half}`, of(guises()), isInPreview)).toBeLessThanOrEqual(0.03)
    })
    test('at most 1 % of the harmless leaves are hidden', () => {
      expect(share(`hidden leaves ${half}`, of(harmless()), isHidden)).toBeLessThanOrEqual(0.01)
    })
  })
}
