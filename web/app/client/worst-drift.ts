import { readFilled } from './filled-page.ts'
import type { DriftPage } from './types.ts'

const severities = ['critical', 'high', 'medium', 'low'] as const

/**
 * Reads the list of drift. Lists go by state: where not all fits in a page, the worst are asked for first, so that what is left out is the least.
 * @param limit as in the path
 */
export const worstDrift =
  (limit: number) =>
  async (path: string, signal: AbortSignal, partly: (found: DriftPage) => void): Promise<DriftPage> => {
    const first = await readFilled<'drift', DriftPage>(path, 'drift', limit, signal, partly)
    const query = new URLSearchParams(path.split('?')[1])
    // What is in sync has no severity.
    if (first.page === null || query.has('severity') || query.get('status')?.includes('in_sync')) return first
    let found: DriftPage = { ...first, drift: [] }
    for (const severity of severities) {
      const left = limit - found.drift.length
      if (left === 0) break
      query.set('severity', severity)
      query.set('limit', String(left))
      const more = await readFilled<'drift', DriftPage>(`v1/drift?${query}`, 'drift', left, signal, () => {})
      found = { ...found, drift: [...found.drift, ...more.drift] }
      partly(found)
    }
    return found
  }
