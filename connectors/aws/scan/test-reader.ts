import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Row } from '../table/row.ts'
import { type Reader, readPages } from './pages.ts'
import { readRow } from './read-row.ts'

/** What an operation answers: JSON, or a failure. */
export type Answers = Readonly<Record<string, (input: JsonObject) => JsonObject>>

export const failure = (code: string, kind: CallFailure['kind'] = 'other'): never => {
  throw new CallFailure('test:Call', `${code} was answered`, kind, code, null)
}

/** A reader of answers that are given, and the calls that it makes. */
export function testReader(answers: Answers, $region = 'eu-west-1') {
  const calls: string[] = []
  const reader: Reader = {
    $account: '111122223333',
    $region,
    $partition: 'aws',
    async call(_service, operation, input, _signal, region) {
      calls.push(`${operation} ${JSON.stringify(input)}${region === undefined ? '' : ` in ${region}`}`)
      const answer = answers[operation]
      if (answer === undefined) throw new Error(`nothing answers ${operation}`)
      return answer(input)
    },
    pages: (listing, signal) => readPages(listing, reader, signal),
  }
  return { calls, reader }
}

/** Reads a row from answers that are given, and says what came of it. */
export async function readFrom(row: Row, answers: Answers, $region = 'eu-west-1') {
  const { calls, reader } = testReader(answers, $region)
  const resources: Resource[] = []
  const missed: unknown[] = []
  const sink = {
    observe: async (resource: Resource) => void resources.push(resource),
    missed: (error: unknown) => void missed.push(error),
  }
  const error: unknown = await readRow(row, reader, sink, new AbortController().signal).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return { calls, resources, ids: resources.map(({ id }) => id), missed, error }
}
