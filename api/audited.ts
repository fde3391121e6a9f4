import type { Context } from 'hono'
import { VainoError } from '../model/errors.ts'
import type { AuditEntry, AuditLog } from '../pipeline/audit/audit-log.ts'
import { callerAddress } from './caller-address.ts'
import type { Emit } from './emit.ts'
import type { ApiEnv } from './route.ts'
import type { Site } from './site.ts'

interface Audited<T> {
  readonly action: string
  readonly what: string
  /** What a person reads beside it when it is done. */
  readonly detailsOf: (result: T) => Readonly<Record<string, unknown>>
}

/** Does what an operator asks for and notes who did. What can't be noted beforehand is not done. */
export type Audit = <T>(c: Context<ApiEnv>, of: Audited<T>, work: () => Promise<T>) => Promise<T>

/** @param log null: nothing is noted */
export const createAudit =
  (log: AuditLog | null, emit: Emit, site: Site): Audit =>
  async (c, { action, what, detailsOf }, work) => {
    if (log === null) return work()
    const about = { action, who: c.get('caller')?.name ?? 'anybody', from: callerAddress(c, site), what }
    log.write({ ...about, outcome: 'begun' })
    const note = (entry: Pick<AuditEntry, 'outcome' | 'details'>) => {
      try {
        log.write({ ...about, ...entry })
      } catch (error) {
        // It is done, and that it was begun stands there: an error would say that it was not.
        emit('audit_failed', { error })
      }
    }
    try {
      const result = await work()
      note({ outcome: 'done', details: detailsOf(result) })
      return result
    } catch (error) {
      note({ outcome: 'failed', details: { code: error instanceof VainoError ? error.code : 'internal' } })
      throw error
    }
  }
