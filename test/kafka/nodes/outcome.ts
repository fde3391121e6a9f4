import { expect } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LogReader, LogRecord } from '../../../connectors/kafka/kafka.ts'
import type { Change } from '../../../model/change.ts'
import { openEngine } from '../../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import { createTelemetry } from '../../../pipeline/telemetry/telemetry.ts'
import { addTo, type KeyHistories } from '../../crash/key-histories.ts'
import { historiesOf } from '../../crash/undisturbed-run.ts'
import type { ServerProcess } from '../../server-process.ts'
import { readAll, textOf, until } from '../reading.ts'
import { markKey } from './input.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

export const headerOf = (headers: LogRecord['headers'], name: string) =>
  textOf(headers.find(([found]) => found === name)?.[1] ?? null)

/** A resource without its identity, which may be stated or not. */
const compared = (document: unknown) => (document === null ? null : { ...(document as object), uid: null })

/** What `vaino.changes` holds, checked for what must be so whatever was sent. */
export async function topicHistories(reader: LogReader, prefix: string, partitions: number): Promise<KeyHistories> {
  const histories: KeyHistories = new Map()
  for (const partition of numbers(partitions)) {
    const records = await readAll(reader, `${prefix}.changes`, partition)
    const ids = records.map(({ headers }) => headerOf(headers, 'ce_id'))
    expect(ids).toEqual(records.map((_, index) => `${partition}-${index + 1}`))
    expect(records.map(({ headers }) => Number(headerOf(headers, 'ce_sequence')))).toEqual(
      records.map((_, index) => index + 1),
    )
    for (const { value } of records) {
      const { before, after, op, fields, source } = JSON.parse(textOf(value) ?? '')
      const { key, version, reason, scan } = source
      addTo(histories, [{ key, op, version, reason, scan, before, after, fields } as Change])
    }
  }
  for (const [key, list] of histories) {
    expect([key, ...list.map(({ version }) => version)]).toEqual([key, ...list.map((_, index) => index + 1)])
    for (const [index, { before }] of list.entries()) {
      expect(compared(before)).toEqual(compared(list[index - 1]?.after ?? null))
    }
  }
  return histories
}

/** What the embedded engine makes of the same records in the same order. */
export async function embeddedHistories(reader: LogReader, prefix: string, partitions: number): Promise<KeyHistories> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-embedded-'))
  using telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  try {
    await using engine = await openEngine({ ...defaultEngineOptions, partitions, workers: 1, dataDir }, telemetry)
    for (const partition of numbers(partitions)) {
      const records = await readAll(reader, `${prefix}.resources`, partition)
      const body = async function* () {
        for (const { value } of records) if (value !== null) yield Buffer.concat([value, Buffer.from('\n')])
      }
      await engine.ingest(body(), 'test')
    }
    return historiesOf(engine.reader)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
}

export const sorted = (histories: KeyHistories) =>
  Object.fromEntries([...histories].sort(([a], [b]) => (a < b ? -1 : 1)))

export interface Item {
  readonly key: string
  readonly version: number
  readonly resource: unknown
}

/** A node's current state, by key. */
export async function snapshotOf({ url }: ServerProcess): Promise<Item[]> {
  const text = await (await fetch(`${url}/v1/snapshot`)).text()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.at(-1).control).toBe('snapshot-end')
  const items = lines.slice(0, -1).map(({ key, version, resource, first_seen, changed_at }) => ({
    ...{ key, version, resource, first_seen, changed_at },
  }))
  return items.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Current state as somebody sees it who has never heard of vaino: the last message of each key. */
export async function stateInTopic(reader: LogReader, prefix: string, partitions: number): Promise<Item[]> {
  const states = new Map<string, Item>()
  for (const partition of numbers(partitions)) {
    for (const { key, value } of await readAll(reader, `${prefix}.state`, partition)) {
      const name = textOf(key) ?? ''
      if (name.startsWith('scope:') || name.startsWith('partition:')) continue
      if (value === null) states.delete(name)
      else {
        const { version, resource, first_seen, changed_at } = JSON.parse(textOf(value) ?? '')
        states.set(name, { ...{ key: name, version, resource, first_seen, changed_at } })
      }
    }
  }
  return [...states.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

export async function ask(node: ServerProcess, route: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${node.url}${route}`)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

/** Resolves when a node shows a mark in every partition. */
export async function whenMarked(
  node: ServerProcess,
  id: string,
  partitions: number,
  withinMs = 60_000,
): Promise<void> {
  for (const partition of numbers(partitions)) {
    const route = `/v1/resources/${encodeURIComponent(markKey(partition, partitions, id))}`
    await until(
      `${id} in partition ${partition}; ${node.stderr.slice(-3000)}`,
      async () => (await ask(node, route)).status === 200,
      withinMs,
    )
  }
}

export async function whenReady(node: ServerProcess, withinMs = 60_000): Promise<void> {
  let said: unknown = null
  const isReady = async () => {
    const { status, body } = await ask(node, '/readyz')
    said = body
    return status === 200
  }
  await until(`a node is ready: ${node.stderr.slice(-2000)} ${JSON.stringify(said)}`, isReady, withinMs)
}
