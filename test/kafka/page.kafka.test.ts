import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { runnableBlocks } from '../docs/blocks.ts'
import { runPage } from '../docs/session.ts'
import { repository } from '../lanes.ts'
import { freePorts } from './cluster.ts'

const page = 'docs/kafka.md'

test(`what ${page} says to type starts brokers and three nodes that answer alike`, async () => {
  const text = readFileSync(`${repository}/${page}`, 'utf8')
  // Where the page has a broker and nodes, there may be others on this machine.
  const documented = ['9092', '8421', '8422', '8423']
  const ports = await freePorts(documented.length)
  // All in one pass: a port taken here may hold a documented one's digits, as 18421 does.
  const elsewhere = text.replace(/\b(?:9092|842[123])\b/g, (port) => String(ports[documented.indexOf(port)]))
  const blocks = runnableBlocks(elsewhere.replace(/^scripts\/kafka$/m, `scripts/kafka --port ${ports[0]}`), 'kafka')
  expect(blocks.length).toBeGreaterThan(3)
  await runPage(repository, page, blocks)
}, 300_000)
