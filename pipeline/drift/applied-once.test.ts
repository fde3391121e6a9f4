import { expect, test } from 'bun:test'
import type { Source, Target } from '../../connectors/source.ts'
import type { Resource } from '../../model/resource.ts'
import { compileRules } from '../../model/rules.ts'
import type { Scope } from '../../model/scope.ts'
import type { OpenedSource } from '../sources/open-sources.ts'
import { appliedOnce } from './applied-once.ts'

const rules = compileRules({ ignore: [], severity: [], owner: [], driftIgnores: [] })
const options = { rules, redactText: (text: string) => text, isInSyncListed: false, onObserved: () => {} }

/** A source of one cluster, with as many objects in its one kind, or (null) without a kind. */
function cluster(name: string, objects: number | null): OpenedSource {
  const scope = `kubernetes/${name}/-/ConfigMap` as Scope
  const source: Source = {
    name: `kubernetes:${name}`,
    async *targets(): AsyncGenerator<readonly Target[]> {
      yield objects === null ? [] : [{ scope }]
    },
    async scan(_target, out) {
      for (let n = 0; n < (objects ?? 0); n++) {
        const object: Resource = { id: `default/c${n}`, type: 'ConfigMap', provider: 'kubernetes', configuration: {} }
        await out.observe(object)
      }
      return {}
    },
  }
  const config = { kind: 'kubernetes', where: name, options: {}, intervalMs: null, forgetAfterMs: null }
  return { config, source, intervalMs: 1000, forgetAfterMs: null, isThrottled: () => false } as unknown as OpenedSource
}

test('a cluster in which nothing was listed was not compared, beside one that was', async () => {
  const all = [cluster('full', 2), cluster('empty', 0), cluster('none', null)]
  const found = await appliedOnce(all, options, new AbortController().signal)
  const said = found.map(({ cluster: name, withoutApply, failures }) => [name, withoutApply, failures.length])
  expect(said).toEqual([
    ['empty', 0, 1],
    ['full', 2, 0],
    ['none', 0, 1],
  ])
  expect(found[0]?.failures[0]?.message).toContain('no object was listed')
})
