import { describe, expect, test } from 'bun:test'
import { diffResources } from '../../model/field-diff.ts'
import type { Json, Resource } from '../../model/resource.ts'
import type { Scope } from '../../model/scope.ts'
import { loggedChange } from './logged-change.ts'

const resource = (configuration: { [name: string]: Json }): Resource => ({
  id: 'vm-1',
  type: 'vm',
  provider: 'aws',
  configuration,
})

/** The logged update from one configuration to another. */
function updated(before: { [name: string]: Json }, after: { [name: string]: Json }) {
  const [was, is] = [resource(before), resource(after)]
  return loggedChange({
    partition: 0,
    offset: 2,
    resource: 1,
    prev: 1,
    prevAtMs: 1,
    op: 'u',
    version: 2,
    recordedAtMs: 2,
    observedAtMs: 2,
    scan: null,
    reason: null,
    occurredAt: null,
    actor: null,
    header: '{}',
    fields: JSON.stringify(diffResources(was, is)),
    before: JSON.stringify(was),
    after: JSON.stringify(is),
    scope: 'aws/1/-/vm' as Scope,
    name: 'vm-1',
  })
}

describe('a change touches a field', () => {
  const net = { ingress: [{ port: 80 }], egress: null }

  test('that is the one changed, or one above it', () => {
    const change = updated({ net }, { net: { ...net, ingress: [{ port: 443 }] } })
    for (const path of ['configuration', 'configuration.net', 'configuration.net.ingress[0].port'])
      expect([path, change.touchesField(path)]).toEqual([path, true])
    for (const path of ['configuration.ne', 'configuration.net.egress', 'configuration.net.ingress[0].port.x', 'name'])
      expect([path, change.touchesField(path)]).toEqual([path, false])
  })

  const replacements: [string, { [name: string]: Json }, { [name: string]: Json }][] = [
    ['came', {}, { net }],
    ['went', { net }, {}],
    ['was replaced', { net }, { net: 'none' }],
    ['replaced another', { net: [] }, { net }],
  ]

  test.each(replacements)('that lies in one which %s with all that it holds', (_, before, after) => {
    const change = updated(before, after)
    for (const path of ['configuration.net.ingress', 'configuration.net.ingress[0].port', 'configuration.net.egress'])
      expect([path, change.touchesField(path)]).toEqual([path, true])
    for (const path of ['configuration.net.routes', 'configuration.net.ingress[1]', 'configuration.network.ingress'])
      expect([path, change.touchesField(path)]).toEqual([path, false])
  })
})

test('a name that no member has is known without parsing, and so is one that either document has, however deep', () => {
  const change = updated({ a: { applied: 1 } }, { note: 'they said: "applied": it is' })
  expect(change.mayHaveMember('applied')).toBe(true)
  const named = updated({ note: 'they said: "applied": it is' }, { a: 'applied' })
  expect(named.mayHaveMember('applied')).toBe(false)
  expect(updated({}, { 'b applied': 1 }).mayHaveMember('applied')).toBe(false)
})
