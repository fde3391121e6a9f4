import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadConfig } from '../../pipeline/config/load.ts'
import { repository } from '../lanes.ts'
import { KafkaNode } from './node.ts'

// There is no Docker where the tests run, so what the containers are told is given to the programs themselves.

const service = z.object({ environment: z.record(z.string(), z.coerce.string()).default({}) })
const compose = parse(readFileSync(path.join(repository, 'docker-compose.yml'), 'utf8'), { merge: true })
const environments = Object.values(z.record(z.string(), service).parse(compose.services)).map(
  ({ environment }) => environment,
)
const having = (variable: string) => environments.filter((environment) => variable in environment)

/** What the Kafka image makes of its variables. */
const propertiesOf = (environment: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith('KAFKA_'))
      .map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), value]),
  )

test("Apache Kafka takes the compose file's settings", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-compose-'))
  try {
    const brokers = having('KAFKA_NODE_ID')
    expect(brokers.length).toBeGreaterThan(0)
    for (const environment of brokers) {
      const id = Number(environment.KAFKA_NODE_ID)
      await new KafkaNode(id, '', path.join(folder, String(id)), propertiesOf(environment)).format(
        'dmFpbm8tZGVtby1jbHVzdA',
        [],
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test("vaino takes the compose file's settings of its three nodes", () => {
  const nodes = having('VAINO_TRANSPORT')
  expect(nodes).toHaveLength(3)
  for (const environment of nodes) {
    const given = Object.entries(environment).map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')])
    const { config, warnings } = loadConfig({ folder: os.tmpdir(), environment: Object.fromEntries(given) })
    expect(warnings).toEqual([])
    expect(config.transport).toBe('kafka')
    // Beyond loopback vaino listens only where there are tokens.
    expect(config.tokens.admin).toHaveLength(1)
  }
})
