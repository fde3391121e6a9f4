import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { rolesFor } from './roles.ts'

const kind = (group: string, plural: string) => ({
  kind: { group, version: 'v1', kind: plural, plural, isNamespaced: true, isWatchable: true },
  namespace: null,
})
const all = [kind('apps', 'deployments'), kind('', 'secrets'), kind('', 'configmaps')]
const read = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS())
const everything = { include: ['*'], exclude: [] }

test('who reads every kind is granted every kind, as the manifest for the cluster has it', () => {
  const manifest = read(readFileSync('deploy/kubernetes/vaino.yaml', 'utf8')) as { kind: string }[]
  const roles = manifest.filter(({ kind }) => kind.startsWith('ClusterRole'))
  expect(roles).toHaveLength(2)
  expect(read(rolesFor(all, { kinds: everything, namespaces: [] }))).toEqual(roles)
})

test('who leaves kinds out is granted the others, by group, each rule written out', () => {
  const text = rolesFor(all, { kinds: { include: ['*'], exclude: ['Node'] }, namespaces: [] })
  expect(text).not.toMatch(/[&*]a1/)
  const [role] = read(text)
  expect(role).toMatchObject({
    kind: 'ClusterRole',
    rules: [
      { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['list', 'watch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] },
    ],
  })
})

test('who reads two namespaces is granted a role in each, and nothing in the cluster', () => {
  const objects = read(rolesFor(all, { kinds: everything, namespaces: ['shop', 'payments'] })) as {
    kind: string
    metadata: { namespace?: string }
  }[]
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual([
    'Role shop',
    'RoleBinding shop',
    'Role payments',
    'RoleBinding payments',
  ])
})
