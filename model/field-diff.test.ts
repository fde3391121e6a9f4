import { describe, expect, test } from 'bun:test'
import { diffResources } from './field-diff.ts'
import { parseJson } from './json.ts'
import type { Json, Resource } from './resource.ts'

const resource = (configuration: string, type = 'aws_thing', provider = 'aws'): Resource =>
  parseJson(
    `{"id":"x","type":${JSON.stringify(type)},"provider":"${provider}","configuration":${configuration}}`,
  ) as unknown as Resource

const diff = (before: string, after: string, type?: string, provider?: string) =>
  diffResources(resource(before, type, provider), resource(after, type, provider))

const lines = (...of: Parameters<typeof diff>): string[] =>
  diff(...of).map(({ op, path, before, after }) => `${op} ${path} ${JSON.stringify(before)} ${JSON.stringify(after)}`)

describe('a field diff', () => {
  test('names the field, points at it, and carries both values', () => {
    expect(diff('{"a":{"b":1,"gone":[]}}', '{"a":{"b":"1","new":{}}}')).toEqual([
      { path: 'configuration.a.b', pointer: '/configuration/a/b', op: 'replace', before: 1, after: '1' },
      { path: 'configuration.a.gone', pointer: '/configuration/a/gone', op: 'remove', before: [], after: null },
      { path: 'configuration.a.new', pointer: '/configuration/a/new', op: 'add', before: null, after: {} },
    ])
  })

  test('quotes odd names in paths and escapes them in pointers', () => {
    const names = ['a.b', 'x/y', 'm~n', '', 'with space', '[3]', '__proto__', 'constructor', 'toString']
    const document = (value: number) => `{${names.map((name) => `${JSON.stringify(name)}:${value}`).join()}}`
    expect(diff(document(1), document(2)).map(({ path, pointer }) => `${path} ${pointer}`)).toEqual([
      'configuration[""] /configuration/',
      'configuration["[3]"] /configuration/[3]',
      'configuration.__proto__ /configuration/__proto__',
      'configuration["a.b"] /configuration/a.b',
      'configuration.constructor /configuration/constructor',
      'configuration.m~n /configuration/m~0n',
      'configuration.toString /configuration/toString',
      'configuration["with space"] /configuration/with space',
      'configuration.x/y /configuration/x~1y',
    ])
  })

  test('sees own fields named like those of every object come and go', () => {
    expect(lines('{}', '{"__proto__":{"a":1},"constructor":0,"toString":{}}')).toEqual([
      'add configuration.__proto__ null {"a":1}',
      'add configuration.constructor null 0',
      'add configuration.toString null {}',
    ])
  })

  test('replaces a value by one of another kind as a whole', () => {
    expect(lines('{"a":{},"b":[1],"c":null}', '{"a":[],"b":{"0":1},"c":{}}')).toEqual([
      'replace configuration.a {} []',
      'replace configuration.b [1] {"0":1}',
      'add configuration.c null {}',
    ])
  })

  test('takes a field that is null for one that is absent, at the top, below it, in maps, lists and texts', () => {
    for (const [was, is] of [
      ['{"a":null}', '{}'],
      ['{"a":{"b":null}}', '{"a":{}}'],
      ['{"a":[{"b":null,"c":1}]}', '{"a":[{"c":1}]}'],
      ['{"tags":[{"Key":"k","Value":null}]}', '{"tags":[{"Key":"k"}]}'],
      ['{"a":"{\\"b\\":null}"}', '{"a":"{}"}'],
    ] as const) {
      expect(lines(was, is)).toEqual([])
      expect(lines(is, was)).toEqual([])
    }
    expect(lines('{"a":[null]}', '{"a":[]}')).toEqual(['remove configuration.a[0] null null'])
    expect(lines('{"a":null}', '{"a":false}')).toEqual(['add configuration.a null false'])
    const header = { id: 'x', type: 't', provider: 'aws' }
    expect(diffResources({ ...header, name: null, tags: null }, { ...header, region: null, tags: {} })).toEqual([])
    expect(diffResources({ ...header, name: null, tags: { a: null } }, { ...header, configuration: {} })).toEqual([])
    expect(diffResources({ ...header, name: null }, { ...header, name: 'n', tags: { a: 'b' } })).toEqual([
      { path: 'name', pointer: '/name', op: 'add', before: null, after: 'n' },
      { path: 'tags', pointer: '/tags', op: 'add', before: null, after: { a: 'b' } },
    ])
  })

  test('takes null, an empty text, list or object for one in an attribute of a Terraform state, and a value for a value', () => {
    type Fields = { [name: string]: Json }
    const state = (configuration: Fields, type = 'aws_x', tags: Fields = {}): Resource => ({
      ...{ id: 'x', type, provider: 'aws', configuration, tags, metadata: { mode: 'managed' } },
    })
    const unset = [{}, { a: null }, { a: '' }, { a: [] }, { a: {} }, { a: { b: null } }]
    for (const was of unset) {
      for (const is of unset) {
        expect(diffResources(state(was), state(is))).toEqual([])
        expect(diffResources(state({ block: [was] }), state({ block: [is] }))).toEqual([])
      }
      for (const a of [0, false, '0', ' ', [''], [null], [{}], { b: '' }]) {
        expect(diffResources(state(was), state({ a }))).not.toEqual([])
        expect(diffResources(state({ a }), state(was))).not.toEqual([])
      }
    }
    // In a map and among tags an empty text is what somebody has set.
    expect(diffResources(state({ variables: { A: '' } }), state({ variables: { A: null } }))).toHaveLength(1)
    expect(diffResources(state({}, 'x', { a: '' }), state({}, 'x', {}))).toHaveLength(1)
    // Elsewhere an empty text is a value.
    expect(lines('{"a":""}', '{}')).toEqual(['remove configuration.a "" null'])
  })

  test('compares the provider', () => {
    const of = (provider: string) => ({ id: 'x', type: 't', provider })
    expect(diffResources(of('google'), of('google-beta'))).toEqual([
      { path: 'provider', pointer: '/provider', op: 'replace', before: 'google', after: 'google-beta' },
    ])
  })

  test('compares neither metadata nor fields that it does not know', () => {
    const header = { id: 'x', type: 't', provider: 'aws' }
    expect(diffResources({ ...header, metadata: { a: 1 }, extra: 1 }, { ...header, metadata: {}, uid: 'u' })).toEqual(
      [],
    )
  })

  test('knows numbers by value, with all their digits', () => {
    expect(lines('{"a":1.0,"b":-0,"c":1e400}', '{"a":1,"b":0,"c":10e399}')).toEqual([])
    expect(lines('{"a":9007199254740993}', '{"a":9007199254740992}')).toHaveLength(1)
    expect(lines('{"a":0.1}', '{"a":0.1000000000000000055}')).toHaveLength(1)
  })

  test('distinguishes lone surrogates', () => {
    expect(lines('{"a":["\\ud800"]}', '{"a":["\\ud801"]}')).toHaveLength(1)
  })

  test('keeps what an array begins and ends with', () => {
    expect(lines('{"a":[1,2,3,4]}', '{"a":[1,9,2,3,4]}')).toEqual(['add configuration.a[1] null 9'])
    expect(lines('{"a":[1,2,3,4]}', '{"a":[1,4]}')).toEqual([
      'remove configuration.a[1] 2 null',
      'remove configuration.a[2] 3 null',
    ])
    expect(lines('{"a":[1,{"b":2,"c":3},4]}', '{"a":[1,{"b":2,"c":5},4]}')).toEqual([
      'replace configuration.a[1].c 3 5',
    ])
    expect(lines('{"a":[1,1]}', '{"a":[1,1,1]}')).toEqual(['add configuration.a[2] null 1'])
  })
})

describe('elements with an identity', () => {
  test('are found by it, wherever they stand', () => {
    const changes = diff(
      '{"security_groups":[{"id":"sg-1","ports":[]},{"id":"sg-2"}]}',
      '{"security_groups":[{"id":"sg-3"},{"id":"sg-2"},{"id":"sg-1","ports":[1]}]}',
    )
    expect(changes).toEqual([
      {
        path: 'configuration.security_groups[id=sg-3]',
        pointer: '/configuration/security_groups/0',
        op: 'add',
        before: null,
        after: { id: 'sg-3' },
      },
      {
        path: 'configuration.security_groups[id=sg-1].ports[0]',
        pointer: '/configuration/security_groups/2/ports/0',
        op: 'add',
        before: null,
        after: 1,
      },
    ])
  })

  test('are removed where they stood', () => {
    const [change] = diff(
      '{"tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}',
      '{"tags":[{"Key":"b","Value":"2"}]}',
    )
    expect(change).toMatchObject({ op: 'remove', path: 'configuration.tags[Key=a]', pointer: '/configuration/tags/0' })
  })

  test('may be identified by several fields, of which some are absent', () => {
    const ports = (...of: string[]) => `{"spec":{"containers":[{"name":"web","ports":[${of.join()}]}]}}`
    expect(
      lines(
        ports('{"containerPort":53,"protocol":"TCP"}', '{"containerPort":53,"protocol":"UDP"}', '{"containerPort":80}'),
        ports('{"containerPort":80,"name":"http"}', '{"containerPort":53,"protocol":"UDP"}'),
        'apps.Deployment',
        'kubernetes',
      ),
    ).toEqual([
      'add configuration.spec.containers[name=web].ports[containerPort=80].name null "http"',
      'remove configuration.spec.containers[name=web].ports[containerPort=53,protocol=TCP] {"containerPort":53,"protocol":"TCP"} null',
    ])
  })

  test('are quoted where they could be misread, and give way to the position where they are long', () => {
    const tags = (value: number) =>
      `{"tags":[{"Key":"a]b","Value":${value}},{"Key":"${'k'.repeat(200)}","Value":${value}}]}`
    expect(diff(tags(1), tags(2)).map(({ path }) => path)).toEqual([
      'configuration.tags[Key="a]b"].Value',
      'configuration.tags[1].Value',
    ])
  })

  test('count for nothing where two are the same or one is missing: the order matters again', () => {
    const env = (...of: string[]) => `{"env":[${of.join()}]}`
    const twice = ['{"name":"A","value":1}', '{"name":"A","value":2}']
    expect(lines(env(...twice), env(...twice.toReversed()), 'Pod', 'kubernetes')).toEqual([
      'replace configuration.env[0].value 1 2',
      'replace configuration.env[1].value 2 1',
    ])
    const nameless = ['{"value":1}', '{"name":"A","value":2}']
    expect(lines(env(...nameless), env(...nameless.toReversed()), 'Pod', 'kubernetes')).not.toEqual([])
  })

  test('are another thing as a number than as a text', () => {
    expect(lines('{"tags":[{"Key":1}]}', '{"tags":[{"Key":"1"}]}')).toHaveLength(2)
  })
})

describe('arrays that are sets', () => {
  test('have members that come and go, and no order', () => {
    expect(lines('{"subnet_ids":["a","b","c"]}', '{"subnet_ids":["c","d","a"]}')).toEqual([
      'add configuration.subnet_ids[=d] null "d"',
      'remove configuration.subnet_ids[=b] "b" null',
    ])
  })

  test('count how often a member is there', () => {
    expect(lines('{"subnet_ids":["a","b","a"]}', '{"subnet_ids":["b","a"]}')).toEqual([
      'remove configuration.subnet_ids[=a] "a" null',
    ])
  })

  test('hold rules and statements, in any order and with sets in them', () => {
    expect(
      lines(
        '{"Statement":[{"Effect":"Allow","Action":["a","b"]},{"Effect":"Deny","Action":"c"}]}',
        '{"Statement":[{"Action":"c","Effect":"Deny"},{"Action":["b","a"],"Effect":"Allow"}]}',
        'aws_iam_policy',
      ),
    ).toEqual([])
  })

  test('of Terraform security group rules change within the rule', () => {
    const rule = (port: number, ...blocks: string[]) =>
      `{"protocol":"tcp","from_port":${port},"to_port":${port},"cidr_blocks":${JSON.stringify(blocks)}}`
    expect(
      lines(
        `{"ingress":[${rule(80, '10.0.0.0/8')},${rule(443, '10.0.0.0/8')}]}`,
        `{"ingress":[${rule(443, '0.0.0.0/0', '10.0.0.0/8')},${rule(80, '10.0.0.0/8')}]}`,
        'aws_security_group',
      ),
    ).toEqual([
      'add configuration.ingress[protocol=tcp,from_port=443,to_port=443].cidr_blocks[=0.0.0.0/0] null "0.0.0.0/0"',
    ])
  })

  test('are those of their type only', () => {
    const [before, after] = ['{"source_ranges":["a","b"]}', '{"source_ranges":["b","a"]}']
    expect(lines(before, after, 'google_compute_firewall')).toEqual([])
    expect(lines(before, after, 'aws_thing')).toHaveLength(2)
    expect(lines('{"rules":[1,2]}', '{"rules":[2,1]}', 'rbac.authorization.k8s.io.ClusterRole', 'kubernetes')).toEqual(
      [],
    )
    expect(lines('{"rules":[1,2]}', '{"rules":[2,1]}', 'networking.k8s.io.Ingress', 'kubernetes')).toHaveLength(2)
  })
})

describe('volatile fields', () => {
  test('move without a change, also those inside arrays and with dots in their names', () => {
    const pod = (n: number) =>
      `{"metadata":{"resourceVersion":"${n}","labels":{"a":"b"},"annotations":{"control-plane.alpha.kubernetes.io/leader":"${n}"}},
        "status":{"conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"${n}"}]}}`
    expect(lines(pod(1), pod(2), 'Node', 'kubernetes')).toEqual([])
    expect(lines(pod(1), pod(2), 'aws_thing')).toHaveLength(3)
  })

  test('may come and go', () => {
    expect(lines('{"last_modified":"now","a":1}', '{"a":1}', 'aws_lambda_function')).toEqual([])
    expect(lines('{"a":{"last_modified":"now"}}', '{"a":{}}', 'aws_lambda_function')).toHaveLength(1)
  })
})
