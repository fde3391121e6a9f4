import { describe, expect, test } from 'bun:test'
import { parseJson } from './json.ts'
import { createRedactor } from './redaction.ts'
import type { Json, Resource } from './resource.ts'

const redactor = createRedactor(Buffer.from('a salt of this deployment'))
const shape = /^\(redacted:[0-9a-f]{16}\)$/

/** What is left of `a` in a configuration. */
const fieldA = (configuration: string): Json | undefined => {
  const resource = parseJson(
    `{"id":"x","type":"t","provider":"aws","configuration":${configuration}}`,
  ) as unknown as Resource
  redactor.redactResource(resource)
  return resource.configuration?.a
}

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
    ['f(token=0123456789abcdef)', `f(token=${mark}`],
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
      ...[
        'mysql -u ',
        'curl -u ',
        'echo a:',
        'IDENTIFIED BY ',
        'name=a ',
        'chpasswd:\n',
        'secret ',
        'a:5432:a:a:',
        '%3a',
      ],
      ...[
        'Zm9v',
        '&quot;',
        'kind: Secret\ndata:\n',
        'enable secret ',
        '$6$',
        '{SSHA}',
        '<a name="',
        'user a on ',
        '://a@',
      ],
      ...[
        'password:\n',
        'password: |\n a\n',
        'passwords:\n- ',
        'login a ',
        'Private-Lines: 1\n',
        'snmp-server host a ',
      ],
      ...[
        'password is ',
        'set_password(',
        '"secret", ',
        'sips:a:',
        'user:a@tcp(',
        '\u5bc6\u7801\uff1a',
        'H4sI',
        '\n',
        '\\n',
        '-',
      ],
    ]
    for (const attack of attacks) {
      const text = attack.repeat(Math.ceil(300_000 / attack.length))
      // Processor time, so that what else the machine does doesn't count. Quadratic ones took minutes.
      const before = process.cpuUsage()
      fieldA(JSON.stringify({ a: text }))
      redactor.redactText(text)
      const { user, system } = process.cpuUsage(before)
      expect([attack, (user + system) / 1000 < 3000]).toEqual([attack, true])
    }
  }, 60_000)
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
