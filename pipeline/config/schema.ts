import { availableParallelism, homedir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { usualIntervals } from '../sources/kinds.ts'
import { alertsSchema } from './alerts-schema.ts'
import { compareSchema } from './compare-schema.ts'
import { kafkaSchema } from './kafka-schema.ts'
import { memoryOptimization } from './memory-schema.ts'
import { corsOrigins, publicUrl } from './public-address.ts'
import { sourceSchema } from './source-schema.ts'
import { oidcSchema, tlsSchema, tokensSchema } from './tokens-schema.ts'
import { count, duration, size } from './units.ts'

/**
 * What the reference and `vaino config` know of a key beside its type and description: `x-instead` is what takes the
 * place of a key that this runtime has no use for, `x-moved` where a key that still works belongs now, `x-secret` masks it, `x-default` is said where the default is computed.
 */
declare module 'zod' {
  interface GlobalMeta {
    'x-instead'?: string
    'x-moved'?: string
    'x-secret'?: boolean
    'x-default'?: string
  }
}

const text = z.string().min(1)

const folder = text.transform((given) => (/^~(?=\/|$)/.test(given) ? path.join(homedir(), given.slice(1)) : given))

/** Absent: as many as there are cores, but no more than eight, as in VAINO. */
const workerCount = (description: string) =>
  count(1, 64)
    .optional()
    .transform((given) => given ?? Math.min(availableParallelism(), 8))
    .meta({ description, 'x-default': 'the number of cores, at most 8' })

const storage = z
  .strictObject({
    base_dir: folder.prefault('~/.vaino').meta({
      description: 'Folder of the snapshot files (in `snapshots/`), where VAINO kept its own.',
    }),
    workers: workerCount('Snapshot files that are listed or written at once.'),
  })
  .prefault({})
  .meta({ description: 'Snapshot files.' })

const comparedByHash =
  'An unchanged resource is known by its hash before anything is compared, so no results are cached.'

const diff = z
  .strictObject({
    workers: count(1, 64).optional().meta({
      description: "Threads of VAINO's that compared resources.",
      'x-instead': 'Resources are compared by the thread that owns their partition; `workers` says how many there are.',
    }),
    buffer_size: count(1, 100_000).prefault(100).meta({
      description: "Comparisons that waited for one of VAINO's workers.",
      'x-instead': '`memory_optimization.max_resources_in_memory` bounds what waits.',
    }),
    timeout: duration
      .refine((ms) => ms >= 1000, 'must be at least 1s')
      .prefault('30s')
      .meta({ description: 'A worker that gives no sign of life for so long is replaced by a new one.' }),
    cache_ttl: duration.prefault('5m').meta({
      description: "How long VAINO kept a comparison's result.",
      'x-instead': comparedByHash,
    }),
    cache_size: size.prefault('32MB').meta({
      description: "Bytes of comparisons' results that are kept.",
      'x-instead': comparedByHash,
    }),
    batch_size: count(1, 100_000).prefault(10).meta({
      description: "Comparisons handed to one of VAINO's workers together.",
      'x-instead': '`memory_optimization.resource_batch_size` is what is handed on together.',
    }),
  })
  .prefault({})
  .meta({ description: "VAINO's comparing workers." })

const roles = ['collector', 'processor', 'api'] as const
const anAddress = 'expected HOST:PORT such as 127.0.0.1:8420 or [::1]:0'

export const configSchema = z
  .strictObject({
    data_dir: folder.prefault('.vaino').meta({ description: 'Folder that holds the state and the change log.' }),
    listen: z
      .string(anAddress)
      .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, anAddress)
      .prefault('127.0.0.1:8420')
      .meta({ description: 'Address that the API and the page are served on; port 0 picks a free one.' }),
    tls: tlsSchema,
    public_url: publicUrl,
    cors_origins: corsOrigins,
    sources: z.array(sourceSchema).max(1000).prefault([]).meta({
      description:
        'What to watch: `KIND:WHERE`, or an object with `kind`, `where`, optionally `interval`, and the options of its kind.',
    }),
    interval: duration
      .refine((ms) => ms >= 100, 'must be at least 100ms')
      .optional()
      .meta({
        description: 'Time from the end of a scan of a scope to its next, a tenth more or less.',
        'x-default': usualIntervals,
      }),
    partitions: count(1, 256)
      .prefault(8)
      .meta({ description: 'Files that the state is spread over. Fixed when the data directory is made.' }),
    workers: workerCount('Threads that process the partitions.'),
    retention: z
      .strictObject({
        age: duration.prefault('30d').meta({ description: 'Changes older than this are forgotten.' }),
        size: size
          .prefault('8GB')
          .meta({ description: 'Bytes of changes kept in all; the oldest are forgotten first.' }),
      })
      .prefault({})
      .meta({ description: 'How much history is kept. The latest value of every resource always is.' }),
    transport: z
      .enum(['embedded', 'kafka'])
      .prefault('embedded')
      .meta({ description: 'How records reach the partitions: inside this process, or through Kafka.' }),
    kafka: kafkaSchema,
    roles: z
      .array(z.enum(roles))
      .min(1)
      .prefault([...roles])
      .meta({ description: 'What this process does; more than one process needs `transport: kafka`.' }),
    tokens: tokensSchema,
    oidc: oidcSchema,
    audit_log: folder.optional().meta({
      description:
        'File that says who released, forgot or named what, and which configuration was loaded: a JSON object a line.',
      'x-default': '`audit.ndjson` in `data_dir`',
    }),
    limits: z
      .strictObject({
        record_size: size
          .prefault('20MB')
          .meta({ description: 'Bytes of one input record; a larger one is a dead letter.' }),
        body_size: size.prefault('64MB').meta({ description: 'Bytes of one request to `POST /v1/ingest`.' }),
        requests_per_second: count(1, 1_000_000).optional().meta({
          description: 'Requests of one caller a second, twice as many at once; more are answered with 429.',
          'x-default': 'unlimited',
        }),
      })
      .prefault({})
      .meta({ description: 'What is refused for its size or its number.' }),
    log_level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .prefault('info')
      .meta({ description: 'The least severe log line that is written.' }),
    log_format: z.enum(['json', 'text']).optional().meta({
      description:
        'How log lines are written to stderr: `json`, an object a line for programs, or `text`, a readable line each for people.',
      'x-default': '`text` on a terminal and with `--example`, else `json`',
    }),
    rules: folder.optional().meta({
      description:
        'File that says what is noise, how bad what is, and whose. A change to it takes effect without a restart.',
      'x-default': '`rules.yaml` beside `vaino.yaml`, if there is one',
    }),
    compare: compareSchema,
    alerts: alertsSchema,
    memory_optimization: memoryOptimization,
    storage,
    diff,
  })
  .superRefine(({ transport, kafka, roles: taken }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (transport === 'embedded') {
      if (!roles.every((role) => taken.includes(role))) {
        refuse(['roles'], 'with the embedded transport one process has all roles')
      }
      return
    }
    if (kafka.brokers.length === 0) refuse(['kafka', 'brokers'], 'transport: kafka needs at least one HOST:PORT')
    if (kafka.redaction_key === undefined) {
      refuse(['kafka', 'redaction_key'], 'transport: kafka needs one, the same on every node: openssl rand -hex 32')
    }
  })
  .meta({ title: 'vaino.yaml', description: 'The configuration of vaino.' })

/** Everything decided: durations in milliseconds, sizes in bytes. */
export type Config = z.output<typeof configSchema>
