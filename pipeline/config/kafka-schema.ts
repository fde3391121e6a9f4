import { z } from 'zod'
import { duration, size } from './units.ts'

const text = z.string().min(1)
const broker = z
  .string()
  .regex(/^(\[[^\]]+\]|[^\s:/]+):\d{1,5}$/, 'expected HOST:PORT such as kafka-1.example.org:9092')
const leastMessageBytes = 256 * 1024

const tls = z
  .strictObject({
    ca_file: text.optional().meta({
      description: "PEM file of the authority that signed the brokers' certificates, where it is a private one.",
    }),
    cert_file: text.optional().meta({ description: 'PEM file of our certificate, where the brokers ask for one.' }),
    key_file: text.optional().meta({ description: "PEM file of its key; a certificate without one is nobody's." }),
  })
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
    error: 'cert_file and key_file go together',
  })

const sasl = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).meta({ description: 'How the brokers check a user.' }),
  username: text.meta({ description: 'User name.' }),
  password: text.meta({ description: 'Password; better given as VAINO_KAFKA__SASL__PASSWORD.', 'x-secret': true }),
})

/** Where Kafka is and what vaino's topics there are like. */
export const kafkaSchema = z
  .strictObject({
    brokers: z.array(broker).max(100).prefault([]).meta({ description: '`HOST:PORT` of the brokers to begin with.' }),
    topic_prefix: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,200}$/, 'expected letters, digits, dots, dashes and underscores')
      .prefault('vaino')
      .meta({ description: 'What the names of the topics begin with.' }),
    tls: tls.optional().meta({ description: 'Encrypts the connections; `{}` trusts the public authorities.' }),
    sasl: sasl.optional().meta({ description: 'Who we are, where the brokers ask.' }),
    create_topics: z.boolean().prefault(true).meta({ description: 'Makes topics that are missing.' }),
    replication: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Copies of each topic that is made.', 'x-default': 'the number of brokers, at most 3' }),
    encoding: z.enum(['json', 'msgpack']).prefault('json').meta({
      description: 'How changes and states are written: JSON, or MessagePack with a `content-type` that says so.',
    }),
    max_message_size: size
      .refine((bytes) => bytes >= leastMessageBytes, 'expected at least 256KB')
      .optional()
      .meta({
        description:
          'Limit of a message, where the brokers have one. A record may be half as large, less 64 KB; a larger one is a dead letter.',
        'x-default': 'what two of the largest records need',
      }),
    session_timeout: duration
      .prefault('10s')
      .meta({ description: 'A node that is silent for longer is taken for dead, and its partitions move.' }),
    redaction_key: z.string().min(16, 'expected at least 16 characters, the same on every node').optional().meta({
      description: 'The secret under which secrets are digested; every node needs the same one.',
      'x-secret': true,
    }),
  })
  .prefault({})
  .meta({ description: 'Where Kafka is, for `transport: kafka`.' })
