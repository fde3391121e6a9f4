import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/property.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { Failures } from './failures.ts'
import { liveScan, open, stateIn, thing } from './live.case.ts'
import { Quote } from './provider/quote.ts'
import { unknown, worldOf } from './test-world.ts'

const marked = [[{ type: 'get_attr', value: 'password' }]]
const other = 'provider["registry.terraform.io/hashicorp/aws"].other'
/** What is said of `aws_instance.a` where a provider answers its reading so. */
async function said(words: string, secrets: Readonly<Record<string, string>>, isMarked = true): Promise<string> {
  await using folder = await temporaryFolder()
  const of = (name: string) => (name === 'elsewhere' ? { provider: other } : {})
  const sensitive = isMarked ? { sensitive_attributes: marked } : {}
  const resources = Object.entries(secrets).map(([name, password]) =>
    resource4(name, thing(name, { password }), of(name), sensitive),
  )
  await stateIn(folder, state4([resource4('a', thing('a')), ...resources], { lineage: 'one' }))
  const real = Object.entries(secrets).map(([name, password]) => [name, thing(name, { password })] as const)
  const world = worldOf(
    { a: unknown('error', words), ...Object.fromEntries(real) },
    isMarked ? {} : { aws_instance: { sensitive: ['password'] } },
  )
  const { outcome } = await liveScan(open(folder.path, true, world))
  expect(outcome?.errors).toHaveLength(1)
  return JSON.stringify(outcome?.errors)
}

test('I9: what another instance keeps secret is in no error, whoever marks it, wherever it stands, however short', async () => {
  for (const isMarked of [true, false]) {
    for (const name of ['b', 'elsewhere']) {
      const words = 'pin zq7 for swordfish-9 is wrong, as is c3dvcmRmaXNoLTk='
      const text = await said(words, { [name]: 'swordfish-9', c: 'zq7' }, isMarked)
      for (const secret of ['swordfish-9', 'zq7', 'c3dvcmRmaXNo']) expect(text).not.toContain(secret)
      expect(text).toContain('could not be read: pin … for (redacted')
    }
  }
})

test('I9: a secret that is cut, or stands on two lines, is in no error', async () => {
  expect(await said(`${'long words '.repeat(186)}swordfish-9`, { b: 'swordfish-9' })).not.toContain('words')
  const text = await said('the key is first half\nsecond half', { b: 'first half\nsecond half' })
  expect(text).not.toContain('half')
})

test('I9: of secrets that are too many to be known, no word of a provider is said', async () => {
  const text = await said('swordfish-9 is wrong', { b: 'x'.repeat(2 ** 20 + 1), c: 'swordfish-9' })
  expect(text).not.toContain('wrong')
  expect(text).toContain('aws_instance.a could not be read')
})

test('failures that are the same once secrets are out are one, and each instance is counted once', () => {
  const failure = fc.record({
    code: fc.constantFrom('error', 'denied'),
    word: fc.nat(3),
    isQuote: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(failure), (all) => {
      const failures = new Failures()
      for (const [at, { code, word, isQuote }] of all.entries())
        failures.add(`x.${at}`, code as 'error', isQuote ? new Quote(`secret-${word}`) : `plain ${word % 2}`)
      const errors = failures.errors((quote) => quote.clear.replace(/\d/, '…'))
      expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(errors.length)
      const ids = errors.flatMap((error) => (typeof error === 'string' ? [] : (error.ids as string[])))
      expect(ids.toSorted()).toEqual(all.map((_, at) => `x.${at}`).toSorted())
      expect(errors.length).toBeLessThanOrEqual(6)
    }),
    runs(100),
  )
})
