import { expect, test } from 'bun:test'
import type { Source } from '../../connectors/source.ts'
import type { Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { CollectedOnce } from './collected-once.ts'
import { stateScope } from './estate.case.ts'
import { awsScope, found, managed } from './join.case.ts'

const state = stateScope('app') as Scope
const [queues, topics, groups, rules] = [
  'sqs_queue',
  'sns_topic',
  'security_group',
  'vpc_security_group_ingress_rule',
].map((type) => awsScope(`aws_${type}`))

/** A source of some scopes; null: what is in a scope can't be read. */
function sourceOf(scopes: Readonly<Record<string, readonly Resource[] | null>>): Source {
  return {
    name: 'test:aws',
    async *targets() {
      yield Object.keys(scopes).map((scope) => ({ scope: scope as Scope }))
    },
    async scan({ scope }, out) {
      const things = scopes[scope] ?? null
      if (things === null) out.missed({ message: 'access is denied', code: 'denied' })
      for (const thing of things ?? []) await out.observe(thing)
      return {}
    },
  }
}

async function joined(
  desired: readonly Resource[],
  scopes: Parameters<typeof sourceOf>[0],
  lacking: readonly Scope[] = [],
) {
  const once = new CollectedOnce()
  for (const one of desired) once.add(state, one)
  for (const one of lacking) once.lackState(one)
  const config = { kind: 'aws', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
  const opened = { config, source: sourceOf(scopes), intervalMs: 1000, forgetAfterMs: null, isThrottled: () => false }
  const host = { redactText: (text: string) => text, onObserved: () => {} }
  const failures = await once.collect([opened], host, new AbortController().signal)
  return { once, failures }
}

const keysOf = (once: CollectedOnce) => [...once.strangers()].map(({ scope, thing }) => `${scope}/${thing.id}`)

test('what no state has is told by account, but for what AWS made and the parts of what is managed', async () => {
  const foreign = awsScope('aws_sqs_queue', '999999999999')
  const { once, failures } = await joined([managed('aws_sqs_queue.a', 'a'), managed('aws_security_group.g', 'sg-1')], {
    [queues ?? '']: [
      found(queues ?? '', 'a'),
      found(queues ?? '', 'b'),
      found(queues ?? '', 'made', {}, { ambient: 'child' }),
    ],
    [rules ?? '']: [found(rules ?? '', 'r1', { GroupId: 'sg-1' }), found(rules ?? '', 'r2', { GroupId: 'sg-2' })],
    [groups ?? '']: [found(groups ?? '', 'sg-1'), found(groups ?? '', 'sg-2', {}, { ambient: 'default' })],
    [foreign]: [found(foreign, 'z')],
  })
  expect(failures).toEqual([])
  expect(keysOf(once)).toEqual([`${queues}/b`])
})

test('I14: what a complete list lacks is missing, and what could not be looked for is not', async () => {
  const lost = ['aws_sqs_queue.lost', 'aws_sns_topic.lost', 'aws_kms_key.lost'].map((address) =>
    managed(address, 'lost'),
  )
  const { once, failures } = await joined([managed('aws_sqs_queue.a', 'a'), ...lost], {
    [queues ?? '']: [found(queues ?? '', 'a')],
    [topics ?? '']: null,
  })
  const said = [managed('aws_sqs_queue.a', 'a'), ...lost].map((desired) => {
    const { verdict, why } = once.existence(state, desired)
    return [verdict.status, why?.reason ?? null]
  })
  expect(said).toEqual([
    ['unknown', 'fields_not_read'],
    ['missing', null],
    ['unknown', 'denied'],
    ['unknown', 'not_covered'],
  ])
  expect(failures).toEqual([`${topics}: access is denied`])
})

test('while a state is not read nothing is called unmanaged: it may have it', async () => {
  const scopes = { [queues ?? '']: [found(queues ?? '', 'a'), found(queues ?? '', 'b')] }
  const { once } = await joined([managed('aws_sqs_queue.a', 'a')], scopes, [stateScope('other') as Scope])
  expect(keysOf(once)).toEqual([])
  expect(once.lacking).toEqual([stateScope('other') as Scope])
})
