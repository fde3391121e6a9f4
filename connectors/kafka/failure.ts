import { messageOf, VainoError } from '../../model/errors.ts'
import { hintFor, meaningOf } from './broker/error-codes.ts'
import { BrokerError, LoginRefused } from './broker/errors.ts'

/** The code of a broker's answer; null if the failure is no answer. */
export const brokerCode = (thrown: unknown): number | null => (thrown instanceof BrokerError ? thrown.code : null)

/** The certificate isn't trusted, or one side speaks TLS and the other doesn't. */
const isTlsFailure = (thrown: unknown): boolean =>
  /certificate|self.signed|SSL|TLS|ERR_TLS|unable to verify/i.test(messageOf(thrown))

/**
 * An error of the broker port as a VainoError.
 * @param doing what failed, as the beginning of a sentence: `vaino.changes could not be written`
 */
export function kafkaFailure(thrown: unknown, doing: string): VainoError {
  if (thrown instanceof VainoError) return thrown
  if (thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError) {
    return new VainoError('internal', `${doing}: ${messageOf(thrown)}`, { cause: thrown })
  }
  const code = brokerCode(thrown)
  const message = `${doing}: ${messageOf(thrown)}`
  const meaning = code === null ? null : meaningOf(code)
  const details = code === null ? {} : { kafka_error: code }
  if (meaning === 'fenced') return fenced(doing, thrown)
  if (meaning === 'too_large') {
    return new VainoError('too_large', message, {
      cause: thrown,
      hint: "Raise the topic's max.message.bytes, or send less at once.",
    })
  }
  if (meaning === 'denied' || thrown instanceof LoginRefused) {
    const ofAll =
      "Check the user name, the password and the mechanism, and the user's permissions; `vaino doctor` tries each."
    const hint = (code === null ? undefined : hintFor(code)) ?? ofAll
    return new VainoError('broker_refused', message, { cause: thrown, details, hint })
  }
  if (code !== null && meaning === 'rejected') {
    const hint = hintFor(code) ?? "The same again would be refused again: the broker's log may say more."
    return new VainoError('broker_refused', message, { cause: thrown, details, hint })
  }
  const hint = isTlsFailure(thrown)
    ? 'Check that the listener speaks TLS, and that kafka.tls.ca_file is the authority that signed its certificate.'
    : code !== null
      ? "The brokers answer and can't do it now; a vaino that runs goes on by itself when they can. Their logs may say why."
      : 'Check that the brokers run and that their addresses are right; a vaino that runs goes on by itself when they are back.'
  return new VainoError('broker_unreachable', message, { cause: thrown, details, hint })
}

const fenced = (doing: string, cause: unknown): VainoError =>
  new VainoError('fenced', `${doing}: another process has taken this partition over`, {
    cause,
    hint: 'Nothing is lost: the other process goes on from the last commit. This one must stop with the partition.',
  })
