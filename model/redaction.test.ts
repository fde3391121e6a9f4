import { describe, expect, test } from 'bun:test'
import { parseJson } from './json.ts'
import { createRedactor } from './redaction.ts'
import type { Json, Resource } from './resource.ts'

const redactor = createRedactor(Buffer.from('a salt of this deployment'))
const shape = /^\(redacted:[0-9a-f]{16}\)$/

const redacted = (configuration: string, type = 'aws_thing', by = redactor): { [name: string]: Json } => {
  const resource = parseJson(
    `{"id":"x","type":${JSON.stringify(type)},"provider":"aws","configuration":${configuration}}`,
  ) as unknown as Resource
  by.redactResource(resource)
  return resource.configuration ?? {}
}

const fieldA = (configuration: string, type?: string): Json | undefined => redacted(configuration, type).a

describe('a placeholder', () => {
  test('is the same for the same secret and salt, and only for those', () => {
    const one = redacted('{"password":"hunter2","token":"hunter2","secret":"hunter3"}')
    expect(one.password).toMatch(shape)
    expect(one.token).toBe(one.password as string)
    expect(one.secret).not.toBe(one.password as string)
    const other = redacted('{"password":"hunter2"}', undefined, createRedactor(Buffer.from('another salt')))
    expect(other.password).toMatch(shape)
    expect(other.password).not.toBe(one.password as string)
  })

  test('stands for any value that its source calls sensitive, and stays as it is', () => {
    for (const value of ['s', 7, true, ['a'], { b: 1 }, parseJson('9007199254740993')]) {
      const placeholder = redactor.redactValue(value)
      expect(placeholder).toMatch(shape)
      expect(redactor.redactValue(placeholder)).toBe(placeholder)
    }
    expect(redactor.redactValue(null)).toBeNull()
    expect(redactor.redactValue('')).toBe('')
    expect(redactor.redactValue({ a: 1, b: [2] })).toBe(redactor.redactValue(parseJson('{"b":[2.0],"a":1e0}')))
    expect(redactor.redactValue(['a', 'b'])).not.toBe(redactor.redactValue(['a,b']))
  })
})

test('what stands beside a resource is redacted as one is, whatever kind of JSON it is', () => {
  expect(redactor.redactJson({ actor: { token: 'hunter2', data: { a: 'b' } } })).toEqual({
    actor: { token: expect.stringMatching(shape), data: { a: 'b' } },
  })
  expect(redactor.redactJson('postgres://u:hunter2@h')).not.toContain('hunter2')
  expect(redactor.redactJson(null)).toBeNull()
})

describe('names', () => {
  const secret = [
    ...[
      'password',
      'db_password',
      'dbPassword',
      'DB_PASSWORD',
      'db-password',
      'DBPassword',
      'password2',
      'master.password',
    ],
    ...[
      'secret',
      'client_secret',
      'clientSecret',
      'token',
      'authToken',
      'X-Auth-Token',
      'api_key',
      'apiKeys',
      'x-api-key',
    ],
    ...[
      'privateKey',
      'private_key_pem',
      'AWS_SECRET_ACCESS_KEY',
      'accessKey',
      'connection_string',
      'ConnectionStrings',
    ],
    ...['passphrase', 'smtp_pass', 'auth', 'Authorization', 'credentials', 'NEXTAUTH_SECRET', 'PAGE_ACCESS_TOKEN'],
    ...[
      'MIN_IO_SECRET_KEY',
      'tunnel1_preshared_key',
      'bearerToken',
      'dockerconfigjson',
      '.dockerconfigjson',
      'client_key',
    ],
    ...['secretsManagerToken', 'storageAccountKey', 'passwordHash', 'kubeconfig', 'Cookie', 'otp'],
  ]
  test.each(secret)('%s hides a text and a number', (name) => {
    const { [name]: text } = redacted(`{${JSON.stringify(name)}:"hunter2"}`)
    expect(text).toMatch(shape)
    const nested = redacted(`{"a":[{${JSON.stringify(name)}:["hunter2"]}]}`)
    expect(JSON.stringify(nested)).not.toContain('hunter2')
    for (const line of [`${name}=hunter2`, `x '${name}' : "hunter2"`, JSON.stringify({ [name]: 'hunter2' })]) {
      expect(String(fieldA(JSON.stringify({ a: line })))).not.toContain('hunter2')
      expect(redactor.redactText(line)).not.toContain('hunter2')
    }
  })

  const harmless = [
    ...['secret_name', 'secretName', 'password_length', 'token_ttl', 'secret_arn', 'key_id', 'kms_key_id', 'publicKey'],
    ...['access_key_id', 'password_policy', 'token_url', 'next_token', 'secret_version', 'key', 'keys', 'primary_key'],
    ...[
      'author',
      'authority',
      'tokenizer',
      'bypass',
      'passthrough',
      'secretsmanager_endpoint',
      'monkey',
      'partition_key',
    ],
    ...['certificate', 'secret_manager_region', 'secretKeyRef', 'hostKeyAlias', 'authentication', 'password_last_used'],
  ]
  test.each(harmless)('%s hides nothing', (name) => {
    expect(redacted(`{${JSON.stringify(name)}:"hunter2"}`)).toEqual({ [name]: 'hunter2' })
  })

  test('keep what is no secret: nothing, a switch, a setting, the address of a secret', () => {
    const kept =
      '{"password":null,"secret":"","token":true,"http_tokens":"required","tokens":500,"api_key":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf","encryption_key":"alias/aws/s3"}'
    expect(redacted(kept)).toEqual(JSON.parse(kept))
  })

  test('of secret things hide all texts below them, but for those that only name or describe', () => {
    expect(
      redacted('{"credentials":{"id":"7","user":{"x":"hunter2"},"list":["hunter2"],"port":1,"enabled":true}}')
        .credentials,
    ).toEqual({
      id: '7',
      user: { x: expect.stringMatching(shape) },
      list: [expect.stringMatching(shape)],
      port: 1,
      enabled: true,
    })
    const volume = '{"volumes":[{"name":"tls","secret":{"secretName":"web-tls","items":[{"key":"a","path":"b"}]}}]}'
    expect(redacted(volume)).toEqual(JSON.parse(volume))
    const container =
      '{"secrets":[{"name":"DB","valueFrom":"/prod/db"}],"env":[{"name":"P","valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}}]}'
    expect(redacted(container)).toEqual(JSON.parse(container))
  })

  test('of JavaScript itself are names like any other', () => {
    const text = '{"__proto__":{"password":"hunter2"},"constructor":{"token":"hunter2"},"toString":"x"}'
    const result = JSON.stringify(redacted(text))
    expect(result).not.toContain('hunter2')
    expect(result).toContain('"__proto__":{"password":"(redacted:')
    const own = redacted('{"credentials":{"__proto__":"hunter2"}}').credentials as { [name: string]: Json }
    expect(JSON.stringify(own)).toMatch(/^\{"__proto__":"\(redacted:/)
    expect(Object.getPrototypeOf(own)).toBe(Object.prototype)
  })

  test('in pairs count for the value beside them', () => {
    expect(redacted('{"env":[{"name":"DB_PASSWORD","value":"hunter2"},{"value":"on","name":"LOG"}]}').env).toEqual([
      { name: 'DB_PASSWORD', value: expect.stringMatching(shape) },
      { value: 'on', name: 'LOG' },
    ])
    expect(fieldA('{"a":[{"ParameterKey":"DbPassword","ParameterValue":"hunter2"}]}')).toEqual([
      { ParameterKey: 'DbPassword', ParameterValue: expect.stringMatching(shape) },
    ])
    expect(fieldA('{"a":["run","--db-password","hunter2","--verbose","yes"]}')).toEqual([
      'run',
      '--db-password',
      expect.stringMatching(shape),
      '--verbose',
      'yes',
    ])
  })
})

describe('types', () => {
  const fields: [type: string, field: string][] = [
    ['aws_ssm_parameter', 'value'],
    ['aws_secretsmanager_secret_version', 'secret_string'],
    ['aws_iam_access_key', 'secret'],
    ['tls_private_key', 'private_key_openssh'],
    ['random_password', 'result'],
    ['random_password', 'bcrypt_hash'],
    ['aws_launch_template', 'user_data'],
    ['azurerm_key_vault_secret', 'value'],
  ]
  test.each(fields)('%s keeps its %s to itself', (type, field) => {
    expect(redacted(`{${JSON.stringify(field)}:"hunter2"}`, type)[field]).toMatch(shape)
  })

  test('of Kubernetes Secrets hide all data, also inside an annotation', () => {
    const data = '{"data":{"name":"aHVudGVyMg==","enabled":"eA=="},"stringData":{"url":"hunter2"},"type":"Opaque"}'
    for (const type of ['kubernetes_secret', 'kubernetes_secret_v1', 'Secret', 'v1.Secret', 'secret']) {
      const result = redacted(data, type)
      expect(result.data).toEqual({ name: expect.stringMatching(shape), enabled: expect.stringMatching(shape) })
      expect(result.stringData).toEqual({ url: expect.stringMatching(shape) })
      expect(result.type).toBe('Opaque')
    }
    expect(redacted(data)).toEqual(JSON.parse(data))
    const applied = JSON.stringify({ kind: 'Secret', data: { x: 'aHVudGVyMg==' } })
    const annotated = redacted(JSON.stringify({ metadata: { annotations: { applied } } }))
    expect(JSON.stringify(annotated)).not.toContain('aHVudGVyMg')
    expect(JSON.stringify(annotated)).toContain('\\"kind\\":\\"Secret\\"')
  })

  test('leave what names a resource: its key is made of it', () => {
    const resource: Resource = {
      id: 'token=abc',
      type: 'password',
      provider: 'secret',
      name: 'postgres://u:hunter2@h',
      account: 'secret',
      tags: { token: 'hunter2' },
      metadata: { api_key: 'hunter2' },
      password: 'hunter2',
    }
    redactor.redactResource(resource)
    expect(resource).toEqual({
      ...resource,
      id: 'token=abc',
      type: 'password',
      provider: 'secret',
      name: 'postgres://u:hunter2@h',
      account: 'secret',
      tags: { token: expect.stringMatching(shape) },
      metadata: { api_key: expect.stringMatching(shape) },
      password: expect.stringMatching(shape),
    })
  })
})

test('a long redaction gives signs of life, so that nobody takes it for a hang', () => {
  let signs = 0
  const patient = createRedactor(Buffer.alloc(32), () => signs++)
  const members = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n]))
  patient.redactResource({ id: 'a', type: 't', provider: 'p', configuration: { members } })
  patient.redactJson({ text: JSON.stringify({ ...members, password: 'hunter2' }) })
  expect(signs).toBeGreaterThan(20)
})
