import { expect, test } from 'bun:test'
import { VainoError } from '../../model/errors.ts'
import { loadConfig } from './load.ts'

const load = (values: object) =>
  loadConfig({
    folder: '/nowhere',
    environment: {},
    flags: Object.entries(values).map(([name, value]) => ({ flag: `--${name}`, path: [name], value })),
  }).config

function problem(values: object): string {
  try {
    load(values)
  } catch (error) {
    if (error instanceof VainoError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

test('public_url is an address with a path prefix, and ends without a slash', () => {
  const taken: [string, string][] = [
    ['https://ops.example.com/vaino', 'https://ops.example.com/vaino'],
    ['https://OPS.example.com:443/vaino/', 'https://ops.example.com/vaino'],
    ['http://ops.example.com:8080', 'http://ops.example.com:8080'],
    ['https://ops.example.com/', 'https://ops.example.com'],
    ['https://[::1]/a/b-c', 'https://[::1]/a/b-c'],
  ]
  for (const [given, is] of taken) expect(load({ public_url: given }).public_url).toBe(is)
  expect(load({}).public_url).toBeUndefined()
})

test('a public_url that can not be meant is refused with what was expected', () => {
  const wrong: [unknown, RegExp][] = [
    ['ops.example.com/vaino', /expected an address such as https:/],
    ['ftp://ops.example.com', /expected an address such as https:/],
    ['', /expected an address such as https:/],
    ['https://user:pw@ops.example.com', /without user, query and fragment/],
    ['https://ops.example.com/?a=1', /without user, query and fragment/],
    ['https://ops.example.com/a//b', /path of letters/],
    ['https://ops.example.com/a%20b', /path of letters/],
    ['https://ops.example.com/v1', /none of vaino's own/],
    ['https://ops.example.com/docs/', /none of vaino's own/],
    [5, /expected text/],
  ]
  for (const [given, message] of wrong) expect(problem({ public_url: given })).toMatch(message)
  expect(problem({ public_url: 'https://user:hunter2hunter2@ops.example.com' })).not.toContain('hunter2')
})

test('cors_origins are origins, as browsers write them', () => {
  const given = ['https://DASH.example.com/', 'http://localhost:3000', 'https://a.example:443']
  const is = ['https://dash.example.com', 'http://localhost:3000', 'https://a.example']
  expect(load({ cors_origins: given }).cors_origins).toEqual(is)
  expect(load({}).cors_origins).toEqual([])
  for (const wrong of ['*', 'null']) expect(problem({ cors_origins: [wrong] })).toMatch(/origins themselves/)
  for (const wrong of ['dash.example.com', 'https://a.example/page', 'https://*.example/x', 'https://u:p@a.example'])
    expect(problem({ cors_origins: [wrong] })).toMatch(/scheme, host and port, no path/)
})

test('both are given by variables too', () => {
  const environment = {
    VAINO_PUBLIC_URL: 'https://ops.example.com/vaino',
    VAINO_CORS_ORIGINS: 'https://a.example, https://b.example',
  }
  const { config } = loadConfig({ folder: '/nowhere', environment })
  expect(config.public_url).toBe('https://ops.example.com/vaino')
  expect(config.cors_origins).toEqual(['https://a.example', 'https://b.example'])
})
