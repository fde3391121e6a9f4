import type { Source } from '../../connectors/source.ts'
import { sourceName } from '../../connectors/source-name.ts'
import { createRedactor } from '../../model/redaction.ts'
import type { Config } from '../config/schema.ts'
import { Claims } from '../sources/claims.ts'
import { checkWithinMsOfKind } from '../sources/kinds.ts'
import { openSources } from '../sources/open-sources.ts'
import { type Check, type Finding, failed, ok } from './finding.ts'

/** Each source: whether it can be opened, and whether there is anything to collect. Nothing is read from it. */
export function sourceChecks(config: Config): readonly Check[] {
  if (config.sources.length === 0) {
    return [{ name: 'sources', run: async () => [ok('sources', 'none are configured, so nothing is collected')] }]
  }
  const claims = new Claims()
  return config.sources.map((source) => {
    const name = `source ${sourceName(source.kind, source.where)}`
    const withinMs = checkWithinMsOfKind(source.kind)
    return {
      name,
      ...(withinMs === undefined ? {} : { withinMs }),
      async run(signal) {
        const host = { redactor: createRedactor(Buffer.alloc(32)), scopes: () => [] }
        const [opened] = await openSources({ ...config, sources: [source] }, host)
        if (opened === undefined) return []
        const first = await opened.source.targets(signal)[Symbol.asyncIterator]().next()
        const targets = first.done ? [] : first.value
        const refused = targets.flatMap((target) => {
          const reason = claims.take(opened.source, opened.source.name, target)
          return reason === null ? [] : [`${target.scope}: ${reason}`]
        })
        const [reason] = refused
        if (reason !== undefined)
          return [failed(name, `${refused.length} of ${targets.length} scopes are not read: ${reason}`)]
        const scopes = targets.length
        const opening = ok(
          name,
          `can be opened${scopes === 0 ? '' : `, ${scopes} ${scopes === 1 ? 'scope' : 'scopes'}`}`,
        )
        return [opening, ...(await ownChecks(name, opened.source, signal))]
      },
    }
  })
}

/** What the source itself says of what it may do. */
async function ownChecks(name: string, source: Source, signal: AbortSignal): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const { what, problem } of source.checks?.(signal) ?? []) {
    if (problem === null) found.push(ok(name, what))
    else if (typeof problem === 'string') found.push(failed(name, `${what}: ${problem}`))
    else {
      const hint = typeof problem.hint === 'string' ? problem.hint : null
      found.push(failed(name, `${what}: ${problem.message}`, hint))
    }
  }
  return found
}
