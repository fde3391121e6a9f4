import { expect, test } from 'bun:test'
import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { stateDifferences } from './differences.ts'

const metadata = [{ name: 'a', namespace: 'shop', uid: 'u', resource_version: '5', labels: {}, annotations: {} }]

const stated = (type: string, attributes: JsonObject): Resource => ({
  ...{ id: `${type}.a`, type, provider: 'kubernetes', configuration: { id: 'shop/a', metadata, ...attributes } },
})

const found = (type: string, configuration: JsonObject, version = '9', uid = 'u'): Resource => ({
  ...{ id: 'shop/a', type, provider: 'kubernetes', uid, configuration, tags: { 'added-by': 'another' } },
  metadata: { resource_version: version },
})

const paths = (desired: Resource, there: Resource) => stateDifferences(desired, there)?.fields.map(({ path }) => path)

test("the provider's own words and spellings are no difference: a strategy, a mode in octal digits, a default that it never reads", () => {
  const set = stated('kubernetes_daemon_set_v1', {
    spec: [
      {
        strategy: [{ type: 'RollingUpdate' }],
        template: [{ spec: [{ volume: [{ name: 'v', config_map: [{ default_mode: '0644' }] }] }] }],
      },
    ],
  })
  const spec = {
    updateStrategy: { type: 'RollingUpdate' },
    template: { spec: { volumes: [{ name: 'v', configMap: { defaultMode: 420 } }] } },
  }
  expect(paths(set, found('apps.DaemonSet', { spec }))).toEqual([])
  const service = stated('kubernetes_service_v1', {
    spec: [{ allocate_load_balancer_node_ports: true, cluster_ip: '10.0.0.1' }],
  })
  expect(paths(service, found('Service', { spec: { clusterIP: '10.0.0.1' } }))).toEqual([])
  expect(paths(service, found('Service', { spec: { clusterIP: '10.0.0.2' } }))).toEqual(['spec.clusterIP'])
})

test('a verb that somebody added is a difference, another order of verbs is none', () => {
  const role = stated('kubernetes_role_v1', {
    rule: [{ api_groups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
  })
  const rules = (verbs: string[]) =>
    found('rbac.authorization.k8s.io.Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs }] })
  expect(paths(role, rules(['list', 'get']))).toEqual([])
  expect(paths(role, rules(['list', 'get', 'delete']))).toEqual(['rules[0].verbs'])
})

test('a version older than the state says nothing, the same one is in sync, and another uid is another object', () => {
  const map = stated('kubernetes_config_map_v1', { data: { a: '1' } })
  expect(stateDifferences(map, found('ConfigMap', {}, '4'))?.reason).toBe('not_listed_since')
  expect(paths(map, found('ConfigMap', { data: { a: '2' } }, '5'))).toEqual([])
  expect(paths(map, found('ConfigMap', { data: { a: '2' } }, '6'))).toEqual(['data.a'])
  expect(stateDifferences(map, found('ConfigMap', { data: { a: '1' } }, '6', 'v'))?.isReplaced).toBe(true)
})
