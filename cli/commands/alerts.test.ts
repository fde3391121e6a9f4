import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { HttpReceiver } from '../../test/http-receiver.ts'
import { runCli } from '../../test/server-process.ts'

test('alerts test sends a message in the words of each route that has some, about a thing that isn’t there', async () => {
  await using receiver = await HttpReceiver.open()
  const said: string[] = []
  receiver.answer = ({ body }) => {
    said.push(body)
    return { body: 'thanks' }
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-alerts-'))
  const template = { title: '{severity}: {first.name} in {group.scope}', text: 'Look at {first.key}' }
  const routes = [
    { name: 'ours', to: 'chat', template },
    { to: ['chat', 'other'] },
    { to: 'third', template: { text: 'hello' } },
  ]
  const sinks = Object.fromEntries(['chat', 'other', 'third'].map((name) => [name, `slack:${receiver.url}/${name}`]))
  writeFileSync(path.join(folder, 'vaino.yaml'), JSON.stringify({ alerts: { sinks, routes } }))
  try {
    const { code, stdout } = await runCli(['alerts', 'test', '-o', 'json'], folder)
    expect(code).toBe(0)
    const tried = JSON.parse(stdout) as { sink: string; route: string }[]
    expect(tried.map(({ sink, route }) => `${sink} ${route}`)).toEqual([
      ...['chat test', 'chat ours', 'other test', 'third route-3'],
    ])
    expect(said[1]).toContain('Test: low: aws_security_group.example in aws/111122223333/eu-west-1/aws_security_group')
    expect(said[1]).toContain('Look at aws/111122223333/eu-west-1/aws_security_group/sg-example')
    expect(said[3]).toContain('Test message: nothing has happened')
    expect(said[3]).toContain('hello')
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)

test('alerts test says of each sink what came back, and ends with 2 where one took nothing; I9: no secret is shown', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = ({ path: asked }) =>
    asked.startsWith('/bad') ? { status: 403, body: `no ${asked}` } : { body: 'thanks' }
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-alerts-'))
  const sinks = {
    chat: `slack:${receiver.url}/good/planted-1`,
    hook: { kind: 'webhook', url: `${receiver.url}/bad/planted-2` },
  }
  writeFileSync(path.join(folder, 'vaino.yaml'), JSON.stringify({ alerts: { sinks } }))
  try {
    const both = await runCli(['alerts', 'test', '-o', 'json'], folder)
    expect(both.code).toBe(2)
    expect(
      (JSON.parse(both.stdout) as { sink: string; delivered: boolean; answer: string }[]).map(
        ({ sink, delivered, answer }) => [sink, delivered, answer],
      ),
    ).toEqual([
      ['chat', true, '200: thanks'],
      ['hook', false, '403: no (hidden)'],
    ])
    expect((await runCli(['alerts', 'test', 'chat'], folder)).code).toBe(0)
    const none = await runCli(['alerts', 'test', 'chta'], folder)
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Did you mean chat?')])
    const shown = await runCli(['config', 'show', '-o', 'json'], folder)
    expect(shown.stdout).toContain('{"key":"alerts.sinks","value":{"chat":"hidden","hook":"hidden"}')
    expect(`${both.stdout}${both.stderr}${shown.stdout}`).not.toContain('planted')
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)
