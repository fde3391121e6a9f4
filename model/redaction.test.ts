import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
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

const key = `-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----`
const mark = '(redacted:…)'

describe('texts', () => {
  const marked = (text: string): string => {
    const value = fieldA(JSON.stringify({ a: text }))
    return String(value).replaceAll(/\(redacted:[0-9a-f]{16}\)/g, mark)
  }

  const found: [text: string, left: string][] = [
    ['postgres://app:hunter2@db:5432/app?x=1', `postgres://app:${mark}@db:5432/app?x=1`],
    ['https://:hun@ter2@h/a@b', `https://:${mark}@h/a@b`],
    [`key:\n${key}\nend`, `key:\n${mark}\nend`],
    [key.replaceAll('\n', '\\n'), mark],
    [key.slice(0, 40), mark],
    [Buffer.from(key).toString('base64'), mark],
    ['export DB_PASSWORD=hunter2; run', `export DB_PASSWORD=${mark}; run`],
    ["TOKEN='a b;c' x", `TOKEN='${mark}' x`],
    ['curl -H "Authorization: Token hunter2" https://x', `curl -H "Authorization: ${mark}" https://x`],
    ['Bearer abcdefgh12345678', `Bearer ${mark}`],
    ['Server=db;User Id=sa;Password=hun,ter2;Encrypt=true', `Server=db;User Id=sa;Password=${mark};Encrypt=true`],
    [
      'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=aGk=;E=1',
      `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${mark};E=1`,
    ],
    ['mysql --password hunter2 --host db', `mysql --password ${mark} --host db`],
    ['mysql --password=hunter2 --host db', `mysql --password=${mark} --host db`],
    ['db:\n  password: hunter2\n  host: x', `db:\n  password: ${mark}\n  host: x`],
    ['password: |\n  hunter2\n  more\nhost: x', `password: |${mark}\nhost: x`],
    ['<pre_shared_key>hunter2</pre_shared_key>', `<pre_shared_key>${mark}</pre_shared_key>`],
    ['AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', `AKIAIOSFODNN7EXAMPLE:${mark}`],
    ['https://hooks.slack.com/services/T0/B0/abcdef', `https://hooks.slack.com/services/${mark}`],
    [
      'https://x.blob.core.windows.net/a?sv=1&sig=abc%3D&se=2',
      `https://x.blob.core.windows.net/a?sv=1&sig=${mark}&se=2`,
    ],
    [`x ghp_${'a1'.repeat(18)} y`, `x ${mark} y`],
    [`xoxb-${'1'.repeat(12)}-abc`, mark],
    [`sk_live_${'a1'.repeat(12)}`, mark],
    [`AIza${'Sy'.repeat(18)}`, mark],
    [`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${'s'.repeat(20)}`, mark],
  ]
  test.each(found)('lose the secret in %p and keep the rest', (text, left) => {
    expect(marked(text)).toBe(left)
    expect(marked(`before ${text}`)).toBe(`before ${left}`)
  })

  const clean = [
    ...['arn:aws:secretsmanager:eu-west-1:111122223333:secret:db', 'arn:aws:iam::aws:policy/TokenVendingPolicy'],
    ...['https://example.com:8443/login?next=/token', 'https://user@example.com/', 'Basic authentication is off'],
    ...['the password is in the vault', 'tokens are rotated', 'passwordless', 'AKIAIOSFODNN7EXAMPLE', 'secret-name'],
    ...[
      '2026-11-23T12:00:00Z',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'kube-system',
      'asia-east1',
    ],
    Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB').toString('base64'),
    ...['password=', '"password": ""', 'token: true', 'DB_PASSWORD_FILE=/run/x', 'http://[::1]:80/@x', 'eyJ'],
  ]
  test.each(clean)('stay as they are: %p', (text) => {
    expect(marked(text)).toBe(text)
  })

  test('that are JSON are redacted as JSON, however deep, and rewritten only when they must be', () => {
    const inner = (depth: number, value: string): string =>
      depth === 0 ? `{ "password": "${value}", "n": 1.50 }` : JSON.stringify({ b: [inner(depth - 1, value)] })
    for (const depth of [0, 1, 2, 5, 9]) {
      expect(String(fieldA(JSON.stringify({ a: inner(depth, 'hunter2') })))).not.toContain('hunter2')
    }
    expect(fieldA(JSON.stringify({ a: inner(0, 'hunter2') }))).toMatch(/^\{"password":"\(redacted:\w+\)","n":1.5\}$/)
    const policy = '{ "Statement": [ {"Effect":"Allow", "Action":"secretsmanager:GetSecretValue", "n": 1.50 } ] }'
    expect(fieldA(JSON.stringify({ a: policy }))).toBe(policy)
    expect(fieldA(JSON.stringify({ a: '{"token":"hunter2","n":9007199254740993}' }))).toContain('9007199254740993')
    expect(String(fieldA(JSON.stringify({ a: '{"p\\u0061ssword":"hunter2"}' })))).not.toContain('hunter2')
    const deep = `${'['.repeat(20_000)}"password"${']'.repeat(20_000)}`
    expect(fieldA(JSON.stringify({ a: deep }))).toMatch(shape)
  })

  test('of any size are read in a time that grows with them', () => {
    const attacks = [
      'eyJ-',
      '://a:b',
      '--token ',
      '-----BEGIN PRIVATE KEY-----',
      'password="',
      '<token>',
      'AKIA',
      '":',
      'a=',
      'xoxb-',
      'SG.',
    ]
    for (const attack of attacks) {
      const text = attack.repeat(Math.ceil(300_000 / attack.length))
      const start = performance.now()
      redacted(JSON.stringify({ a: text }))
      redactor.redactText(text)
      // Quadratic ones took minutes.
      expect(performance.now() - start).toBeLessThan(3000)
    }
  }, 60_000)
})

describe('planted secrets', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{6,20}$/).map((text) => `Xq7${text}`)
  const plain = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('plain', '', 'arn:aws:iam::1:role/x', 0, 17, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'name', 'configuration', '__proto__', 'tags', 'x.y'), tie('value'), {
        maxKeys: 3,
      }),
    ),
  })).value
  type Plant = (s: string) => unknown
  const plants: Plant[] = [
    (s) => ({ db_password: s }),
    (s) => ({ clientSecret: [s, { other: s }] }),
    (s) => ({ name: 'API_TOKEN', value: s }),
    (s) => ({ kind: 'Secret', data: { x: s } }),
    (s) => JSON.stringify({ deep: [{ apiKey: s }] }),
    (s) => JSON.stringify(JSON.stringify({ credentials: { x: s } }).concat(' ')),
    (s) => `https://u:${s}@host/`,
    (s) => `#!/bin/sh\nexport X=1 SECRET_KEY=${s}\n`,
    (s) => `a: 1\npassword: "${s}"\n`,
    (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`,
    (s) => ['--token', s],
    (s) => `<add password="${s}"/><token>${s}</token>`,
  ]
  const document = fc
    .tuple(secret, fc.constantFrom(...plants), fc.array(plain, { maxLength: 3 }), fc.nat(2))
    .map(([s, plant, around, depth]) => {
      let value = plant(s)
      for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [...around, value] : { z: value, y: around }
      return { secret: s, json: { id: 'x', type: 't', provider: 'p', configuration: { around, value } } }
    })

  test('I9: are found nowhere in what is left, which is the same a second time and another with another salt', () => {
    const other = createRedactor(Buffer.from('other'))
    fc.assert(
      fc.property(document, ({ secret: planted, json }) => {
        const text = JSON.stringify(json)
        const [first, second, salted] = [redactor, redactor, other].map((by) => {
          const resource = parseJson(text) as unknown as Resource
          by.redactResource(resource)
          return resource
        }) as [Resource, Resource, Resource]
        const result = JSON.stringify(first)
        expect(result).not.toContain(planted)
        expect(result).toContain('(redacted:')
        expect(JSON.stringify(second)).toBe(result)
        expect(JSON.stringify(salted)).not.toBe(result)
        redactor.redactResource(first)
        expect(JSON.stringify(first)).toBe(result)
      }),
      runs(2000),
    )
  })

  test('I9: are not in the text of a record that is cut off anywhere', () => {
    fc.assert(
      fc.property(document, fc.nat(), ({ secret: planted, json }, at) => {
        const text = JSON.stringify(json)
        const cut = text.slice(0, at % text.length)
        const begin = planted.slice(0, 5)
        expect(redactor.redactText(cut)).not.toContain(begin)
      }),
      runs(3000),
    )
  })
})

test('text for people keeps what is no secret', () => {
  for (const text of [
    'unexpected value: "x" at line 3',
    'terraform:./infra/secret-service/token.tfstate',
    'listening on http://127.0.0.1:8420',
    "ENOENT: no such file or directory, open '/srv/passwords.json'",
  ]) {
    expect(redactor.redactText(text)).toBe(text)
  }
  expect(redactor.redactText('GET https://u:hunter2@host failed: token=abc')).toBe(
    'GET https://u:(redacted)@host failed: token=(redacted)',
  )
})
