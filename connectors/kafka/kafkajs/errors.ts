import { messageOf, VainoError } from '../../../model/errors.ts'
import { BrokerError, BrokerUnreachable, LoginRefused } from '../broker/errors.ts'

/** kafkajs nests causes at most a few deep; the bound guards against a circle. */
const maxCauses = 10

/** kafkajs gives a broker's answer a numeric code, and a failed system call a string. */
function codeOf(thrown: unknown): number | null {
  for (let error = thrown, depth = 0; error instanceof Error && depth < maxCauses; error = error.cause, depth++)
    if ('code' in error && typeof error.code === 'number') return error.code
  return null
}

function isRefusedLogin(thrown: unknown): boolean {
  for (let error = thrown, depth = 0; error instanceof Error && depth < maxCauses; error = error.cause, depth++)
    if (error.name.startsWith('KafkaJSSASL')) return true
  return false
}

const isOurs = (thrown: unknown): boolean =>
  [VainoError, BrokerError, BrokerUnreachable, LoginRefused].some((kind) => thrown instanceof kind)
const isDefect = (thrown: unknown): boolean =>
  [TypeError, RangeError, ReferenceError].some((kind) => thrown instanceof kind)

/**
 * kafkajs' error as one of the port's. A defect stays what it is.
 * @param about what was asked of the broker
 */
function portError(thrown: unknown, about: string): unknown {
  if (isOurs(thrown) || isDefect(thrown)) return thrown
  const code = codeOf(thrown)
  if (code !== null) return new BrokerError(code, about, messageOf(thrown), thrown)
  const Kind = isRefusedLogin(thrown) ? LoginRefused : BrokerUnreachable
  return new Kind(messageOf(thrown), { cause: thrown })
}

/** Runs something of kafkajs'. @throws the port's errors */
export async function translated<T>(about: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw portError(error, about)
  }
}
