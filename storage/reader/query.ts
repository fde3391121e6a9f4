import type { StatementSync } from 'node:sqlite'
import type { VainoError } from '../../model/errors.ts'
import type { Row } from '../change-row.ts'

type Parameters = (string | number | null)[]

/** A statement whose failures say which file and what to do. */
export interface Query {
  get(...parameters: Parameters): Row | undefined
  all(...parameters: Parameters): Row[]
  iterate(...parameters: Parameters): Iterable<Row>
}

export function query(statement: StatementSync, failure: (thrown: unknown) => VainoError): Query {
  const reporting = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw failure(error)
    }
  }
  return {
    get: (...parameters) => reporting(() => statement.get(...parameters) as Row | undefined),
    all: (...parameters) => reporting(() => statement.all(...parameters) as Row[]),
    *iterate(...parameters) {
      const rows = reporting(() => statement.iterate(...parameters)) as Iterator<Row> & Iterable<Row>
      try {
        for (let next = reporting(() => rows.next()); !next.done; next = reporting(() => rows.next())) yield next.value
      } finally {
        rows.return?.()
      }
    },
  }
}
