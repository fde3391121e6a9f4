import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { repository } from '../lanes.ts'

/** A data directory as an earlier vaino has left it, and what that vaino answered of it. */
export interface OldDataDir {
  readonly madeBy: string
  /** By path, base64. */
  readonly files: Readonly<Record<string, string>>
  readonly answers: Answers
}

export interface Answers {
  readonly changes: readonly Readonly<Record<string, unknown>>[]
  readonly cursor: string
  readonly resources: readonly Readonly<Record<string, unknown>>[]
  readonly scopes: readonly Readonly<Record<string, unknown>>[]
}

const folder = path.join(repository, 'test/upgrade/data-dirs')

/** One for each form that data directories have had, the oldest first. */
export const oldDataDirs = readdirSync(folder).sort()

export const readOldDataDir = (name: string): OldDataDir =>
  JSON.parse(zstdDecompressSync(readFileSync(path.join(folder, name))).toString())

export function unpack({ files }: OldDataDir, to: string): void {
  mkdirSync(path.join(to, 'partitions'), { recursive: true })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(to, name), Buffer.from(bytes, 'base64'))
}

/** What an upgrade must not change of the answers of a vaino. */
export async function answersOf(url: string): Promise<Answers> {
  const get = async (route: string) => (await fetch(`${url}${route}`)).text()
  const { changes, cursor } = JSON.parse(await get('/v1/changes?offset=-1&limit=1000'))
  const lines = (await get('/v1/snapshot')).trim().split('\n')
  const items = lines.map((line) => JSON.parse(line)).filter(({ op }) => op === 'put')
  const { scopes } = JSON.parse(await get('/v1/scopes'))
  return {
    changes: pick(changes, ['id', 'op', 'key', 'version', 'scope', 'fields', 'before', 'after']),
    cursor,
    resources: pick(items, ['key', 'version', 'scope', 'resource']),
    scopes: pick(scopes, ['scope', 'resources', 'held']),
  }
}

const pick = (things: readonly Readonly<Record<string, unknown>>[], names: readonly string[]) =>
  things.map((thing) => Object.fromEntries(names.map((name) => [name, thing[name] ?? null])))
