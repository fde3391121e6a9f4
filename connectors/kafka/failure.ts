import { messageOf, VainoError } from '../../model/errors.ts'

/** 47: an operation with an old epoch. 90: the producer was fenced. Brokers say either. */
const fencedCodes = new Set([47, 90])
/** Not authorised for the topic, the group, the cluster, a transactional id; 58: credentials refused; 33, 34: no such mechanism. */
const refusedCodes = new Set([29, 30, 31, 33, 34, 53, 58])
const messageTooLargeCodes = new Set([10, 18])

/** The broker's error code, wherever kafkajs has wrapped it. */
export function brokerCode(thrown: unknown): number | null {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'number') return error.code
  }
  return null
}

const isRefusedLogin = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown.name.startsWith('KafkaJSSASL') || isRefusedLogin(thrown.cause))

/** A certificate that isn't trusted, a TLS listener that is spoken to in the clear. */
const isTlsFailure = (thrown: unknown): boolean =>
  /certificate|self.signed|SSL|TLS|ERR_TLS|unable to verify/i.test(messageOf(thrown))

/**
 * What kafkajs threw, as one of our errors.
 * @param doing what failed, as the beginning of a sentence: `vaino.changes could not be written`
 */
export function kafkaFailure(thrown: unknown, doing: string): VainoError {
  if (thrown instanceof VainoError) return thrown
  if (thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError) {
    return new VainoError('internal', `${doing}: ${messageOf(thrown)}`, { cause: thrown })
  }
  const code = brokerCode(thrown)
  const message = `${doing}: ${messageOf(thrown)}`
  if (code !== null && fencedCodes.has(code)) return fenced(doing, thrown)
  if (code !== null && messageTooLargeCodes.has(code)) {
    return new VainoError('too_large', message, {
      cause: thrown,
      hint: "Raise the topic's max.message.bytes, or send less at once.",
    })
  }
  if ((code !== null && refusedCodes.has(code)) || isRefusedLogin(thrown)) {
    return new VainoError('broker_refused', message, {
      cause: thrown,
      hint: "Check the user name, the password and the mechanism, and the user's permissions; `vaino doctor` tries each.",
    })
  }
  const hint = isTlsFailure(thrown)
    ? 'Check that the listener speaks TLS, and that kafka.tls.ca is the authority that signed its certificate.'
    : 'Check that the brokers run and that their addresses are right; vaino goes on by itself when they are back.'
  return new VainoError('broker_unreachable', message, { cause: thrown, hint })
}

const fenced = (doing: string, cause: unknown): VainoError =>
  new VainoError('fenced', `${doing}: another process has taken this partition over`, {
    cause,
    hint: 'Nothing is lost: the other process goes on from the last commit. This one must stop with the partition.',
  })
