import { readFileSync } from 'node:fs'
import type { KafkaSettings } from '../../connectors/kafka/settings.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { Config } from './schema.ts'

/** How to reach Kafka, the PEM files read. @throws VainoError `bad_config` for one that can't be read */
export function kafkaSettings({ kafka }: Config): KafkaSettings {
  const { ca_file, cert_file, key_file } = kafka.tls ?? {}
  const tls = {
    ...(ca_file === undefined ? {} : { ca: readPem(ca_file) }),
    ...(cert_file === undefined ? {} : { cert: readPem(cert_file) }),
    ...(key_file === undefined ? {} : { key: readPem(key_file) }),
  }
  return {
    brokers: kafka.brokers,
    ...(kafka.tls === undefined ? {} : { tls }),
    ...(kafka.sasl === undefined ? {} : { sasl: kafka.sasl }),
  }
}

function readPem(file: string): string {
  const hint = 'Name a PEM file that this user may read.'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new VainoError('bad_config', `kafka.tls: ${messageOf(error)}`, { hint, cause: error })
  }
  // Else it would look like a broker that is away.
  if (!/^-----BEGIN [A-Z0-9 ]+-----/m.test(text))
    throw new VainoError('bad_config', `kafka.tls: ${file} is not PEM`, { hint })
  return text
}
