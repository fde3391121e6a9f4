import { expect, test } from 'bun:test'
import { formats } from '../terminal/output.ts'
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

test('I9: config show prints no secret key, in no format', async () => {
  const env = {
    VAINO_KAFKA__SASL__MECHANISM: 'plain',
    VAINO_KAFKA__SASL__USERNAME: 'vaino',
    VAINO_KAFKA__SASL__PASSWORD: 'hunter2-of-the-brokers',
    VAINO_KAFKA__REDACTION_KEY: 'hunter2-of-the-digests',
    VAINO_TOKENS__READ: 'hunter2-of-the-readers',
  }
  for (const format of formats) {
    const { code, stdout, stderr } = await vaino(['config', 'show', '-o', format], { env })
    expect([format, code]).toEqual([format, 0])
    expect(stdout).toContain('redaction_key')
    expect(stdout + stderr).not.toContain('hunter2')
  }
})
