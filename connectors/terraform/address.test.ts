import { describe, expect, test } from 'bun:test'
import { formatAddress, formatInstance, providerName, quoteKey } from './address.ts'

describe('addresses', () => {
  test.each([
    ['web', '"web"'],
    ['', '""'],
    ['q"uo\\te', '"q\\"uo\\\\te"'],
    [`$\{a} %{b} $x %`, `"$$\{a} %%{b} $x %"`],
    [
      'nl\n\t\r\u0001é\u00a0\u200b😀\u007f/ok.\u2028👩\u200d\ue000',
      '"nl\\n\\t\\r\\u0001é\\u00a0\\u200b😀\\u007f/ok.\\u2028👩\\u200d\\ue000"',
    ],
    ['\u{10ffff}', '"\\U0010ffff"'],
  ])('quotes the for_each key %j as terraform prints it', (key, quoted) => {
    expect(quoteKey(key)).toBe(quoted)
  })

  test('hold module path, mode, index and deposed key', () => {
    const base = { type: 'aws_subnet', name: 'a' }
    expect(formatAddress({ ...base, module: null, mode: 'managed' })).toBe('aws_subnet.a')
    const inModule = formatAddress({ ...base, module: 'module.net["eu"].module.b[0]', mode: 'data' })
    expect(inModule).toBe('module.net["eu"].module.b[0].data.aws_subnet.a')
    expect(formatInstance('aws_subnet.a', 0, null)).toBe('aws_subnet.a[0]')
    expect(formatInstance('aws_subnet.a', 'x', null)).toBe('aws_subnet.a["x"]')
    expect(formatInstance('aws_subnet.a', null, '1a2b3c4d')).toBe('aws_subnet.a (deposed 1a2b3c4d)')
    expect(formatInstance('aws_subnet.a', 3, '1a2b3c4d')).toBe('aws_subnet.a[3] (deposed 1a2b3c4d)')
  })

  test.each([
    ['provider["registry.terraform.io/hashicorp/aws"]', 'aws'],
    ['provider["registry.terraform.io/hashicorp/aws"].west', 'aws'],
    ['module.net["a"].provider["registry.opentofu.org/hashicorp/google-beta"].eu', 'google-beta'],
    ['provider["terraform.io/builtin/terraform"]', 'terraform'],
    ['provider["registry.terraform.io/-/aws"]', 'aws'],
    ['provider.aws', 'aws'],
    ['module.net.provider.aws.west', 'aws'],
    ['aws', 'aws'],
    ['', 'aws'],
    [null, 'aws'],
  ])('name the provider of %j', (address, name) => {
    expect(providerName(address, 'aws_instance')).toBe(name)
  })
})
