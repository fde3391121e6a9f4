import { expect, test } from 'bun:test'
import { vaino } from '../test-cli.ts'

test('config show gives programs a line for each key', async () => {
  const { code, stdout } = await vaino(['config', 'show', '-o', 'ndjson', '--listen', '127.0.0.1:0'])
  expect(code).toBe(0)
  const settings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(settings.length).toBeGreaterThan(10)
  expect(settings).toContainEqual({ key: 'listen', value: '127.0.0.1:0', from: '--listen' })
})
