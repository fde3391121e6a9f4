import { createRedactor } from '../../model/redaction.ts'
import type { Config } from '../config/schema.ts'
import { openSources } from '../sources/open-sources.ts'
import { type Check, ok } from './finding.ts'

/** Each source: whether it can be opened, and whether there is anything to collect. Nothing is read from it. */
export function sourceChecks(config: Config): readonly Check[] {
  if (config.sources.length === 0) {
    return [{ name: 'sources', run: async () => [ok('sources', 'none are configured, so nothing is collected')] }]
  }
  return config.sources.map((source) => {
    const name = `source ${source.kind}:${source.where}`
    return {
      name,
      async run(signal) {
        const host = { redactor: createRedactor(Buffer.alloc(32)), scopes: () => [] }
        const [opened] = await openSources({ ...config, sources: [source] }, host)
        if (opened === undefined) return []
        const first = await opened.source.targets(signal)[Symbol.asyncIterator]().next()
        const scopes = first.done ? 0 : first.value.length
        return [ok(name, `can be opened${scopes === 0 ? '' : `, ${scopes} ${scopes === 1 ? 'scope' : 'scopes'}`}`)]
      },
    }
  })
}
