import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { terraform } from './connector.ts'

/** States that the real terraform wrote, of one estate at successive times. */
const states = join(import.meta.dir, '../../examples/estate/states')

interface WrittenInstance {
  readonly attributes: Record<string, unknown>
  readonly sensitive_attributes?: { readonly type: string; readonly value: string }[][]
}

/** Every value that a state marks as sensitive by its name alone, and the number of its managed instances. */
function readPlainly(path: string): { instances: number; secrets: string[] } {
  const { resources } = JSON.parse(readFileSync(path, 'utf8')) as {
    resources: { mode: string; instances: WrittenInstance[] }[]
  }
  const managed = resources.filter(({ mode }) => mode === 'managed').flatMap(({ instances }) => instances)
  const secrets = managed.flatMap(({ attributes, sensitive_attributes = [] }) =>
    sensitive_attributes.flatMap(([step]) => {
      const value = attributes[step?.value ?? '']
      return typeof value === 'string' && value.length >= 6 ? [value] : []
    }),
  )
  return { instances: managed.length, secrets }
}

test.each(readdirSync(states).sort())(
  'I9: the real states of %s are read whole, and what they mark as sensitive is nowhere',
  async (step) => {
    const sink = recordingSink()
    await scanAll(openSource(terraform, join(states, step), {}, { chunkBytes: 9973 }), sink)
    expect(sink.scans.length).toBeGreaterThan(2)
    let secretsSeen = 0
    for (const { resources, outcome } of sink.scans) {
      const { instances, secrets } = readPlainly(String(outcome?.attributes?.path))
      expect(outcome).toMatchObject({ complete: true, errors: [], warnings: [] })
      expect(resources).toHaveLength(instances)
      for (const { provider, account, region } of resources) {
        if (provider === 'aws')
          expect([account ?? '0', region ?? 'r']).toEqual([
            expect.stringMatching(/^\d+$/),
            expect.stringMatching(/^[a-z]/),
          ])
      }
      const text = JSON.stringify(resources)
      for (const secret of secrets) expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
      secretsSeen += secrets.length
    }
    expect(secretsSeen).toBeGreaterThan(0)
  },
)
