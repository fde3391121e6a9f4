import { expect, test } from 'bun:test'
import { VainoError } from '../../../model/errors.ts'
import type { Resource } from '../../../model/resource.ts'
import type { Scope } from '../../../model/scope.ts'
import { openSource } from '../../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../../test/terraform/states.ts'
import type { KnownScope } from '../../connector.ts'
import { TargetGone } from '../../target-gone.ts'
import { terraform } from '../connector.ts'
import { estate, liveScan, thing } from '../live/live.case.ts'
import type { Providers } from '../live/live-reading.ts'
import { worldOf } from '../live/test-world.ts'
import { terraformOptions } from '../options.ts'
import { scopeOf } from '../where.ts'
import type { Place } from './place.ts'
import { PlaceSource } from './place-source.ts'

const state = (name: string) => state4([resource4(name, { id: name })])
const never = new AbortController().signal

/** A place in memory, and a source of it whose scans the engine has committed when they return. */
function arrange(isOne = false, live: object | null = null, world: Providers = worldOf({})) {
  const objects = new Map<string, string>()
  let failure: VainoError | null = null
  let reads = 0
  let nowMs = 0
  const versionOf = (name: string) => `"${Bun.hash(objects.get(name) ?? '')}"`
  const place: Place = {
    name: isOne ? 's3://b/one' : 's3://b/',
    isOne,
    covers: (name) => name.startsWith('s3://b/'),
    async list() {
      if (failure) throw failure
      return [...objects.keys()].map((name) => ({ name, version: versionOf(name) }))
    },
    async stat(name) {
      if (failure) throw failure
      return versionOf(name)
    },
    async *read(name) {
      reads++
      yield Buffer.from(objects.get(name) ?? '')
    },
  }
  const known = new Map<Scope, KnownScope>()
  let context: ConstructorParameters<typeof PlaceSource>[2] | null = null
  const probe = {
    ...terraform,
    open: (_: string, __: unknown, given: NonNullable<typeof context>) => {
      context = given
      return new PlaceSource(place, terraformOptions.parse(live === null ? {} : { live }), given, world, () => nowMs)
    },
  }
  const source = openSource(probe, 'x', {}, { knownScopes: () => [...known.values()] })
  return {
    source,
    objects,
    known,
    reads: () => reads,
    pass: (ms: number) => {
      nowMs += ms
    },
    fail: (error: VainoError | null) => {
      failure = error
    },
    targets: async () => {
      for await (const targets of source.targets(never)) return targets
      return []
    },
    /** What one scan of a state observed; `unchanged` where it was not read. */
    async scan(name: string): Promise<string[] | 'unchanged'> {
      const observed: Resource[] = []
      const scope = scopeOf(name)
      const out = {
        observe: async (resource: Resource) => void observed.push(resource),
        missed: (error: unknown) => {
          throw error
        },
        gone: async () => undefined,
      }
      const report = await source.scan({ scope }, out, never)
      known.set(scope, { scope, status: 'fresh', attributes: report.attributes ?? {} })
      return report.unchanged ? 'unchanged' : observed.map(({ id }) => id)
    },
  }
}

test('a state whose version was read is confirmed without being read, and read again when it is written', async () => {
  for (const isOne of [true, false]) {
    const at = arrange(isOne)
    at.objects.set('s3://b/one', state('a'))
    const next = async () => {
      await at.targets()
      return at.scan('s3://b/one')
    }
    expect(await next()).toEqual(['aws_instance.a'])
    expect([await next(), await next(), at.reads()]).toEqual(['unchanged', 'unchanged', 1])
    at.objects.set('s3://b/one', state('b'))
    expect(await next()).toEqual(['aws_instance.b'])
    expect(await next()).toBe('unchanged')
    at.pass(2 * 60 * 60_000)
    expect(await next()).toEqual(['aws_instance.b'])
  }
})

test('nothing is confirmed where the scope is failing, held, or was read at another version by another process', async () => {
  const at = arrange()
  const name = 's3://b/one'
  at.objects.set(name, state('a'))
  const next = async (change: Partial<KnownScope>) => {
    const before = at.known.get(scopeOf(name))
    if (before) at.known.set(scopeOf(name), { ...before, ...change })
    await at.targets()
    return at.scan(name)
  }
  await next({})
  for (const status of ['failing', 'held', 'gone', 'events'] as const)
    expect(await next({ status })).not.toBe('unchanged')
  expect(await next({ attributes: { path: name, version: '"other"' } })).not.toBe('unchanged')
  expect(await next({ status: 'stale' })).toBe('unchanged')
})

test('a new version is another identity in the list, so it is read at once', async () => {
  const at = arrange()
  at.objects.set('s3://b/x', state('a'))
  const [before] = await at.targets()
  const [same] = await at.targets()
  at.objects.set('s3://b/x', state('b'))
  const [after] = await at.targets()
  expect(same?.identity).toBe(before?.identity ?? '')
  expect(after?.identity).not.toBe(before?.identity ?? '')
})

test('I5: a state that a whole list lacks is gone; where the list fails, nothing is', async () => {
  const at = arrange()
  at.objects.set('s3://b/x', state('a'))
  at.objects.set('s3://b/y', state('a'))
  await at.targets()
  await at.scan('s3://b/x')
  at.objects.delete('s3://b/x')
  await at.targets()
  await expect(at.scan('s3://b/x')).rejects.toBeInstanceOf(TargetGone)
  at.objects.set('s3://b/x', state('a'))
  await at.targets()
  at.fail(new VainoError('source_failed', 'answers 403 (AccessDenied)', { retryAfterSeconds: 7 }))
  await expect(at.targets()).rejects.toMatchObject({
    message: 's3://b/ answers 403 (AccessDenied)',
    retryAfterSeconds: 7,
  })
  expect(await at.scan('s3://b/x')).not.toBe('gone')
})

test('a prefix without a state says what a state is called', async () => {
  await expect(arrange().targets()).rejects.toThrow('s3://b/ holds no Terraform state')
})

test('the real things behind a state in a place are read too, and the state for them is the one that is there', async () => {
  const at = arrange(true, {}, worldOf({ a: thing('a'), b: thing('b', { size: 'large' }) }))
  at.objects.set('s3://b/one', estate(['a', 'b']))
  const { scope, resources, outcome } = await liveScan(at.source)
  expect(scope).toBe('terraform/s3:%2F%2Fb%2Fone/-/live' as Scope)
  expect(resources.map(({ id, configuration }) => [id, configuration?.size])).toEqual([
    ['aws_instance.a', 'small'],
    ['aws_instance.b', 'large'],
  ])
  expect(outcome).toMatchObject({ complete: true })
})
