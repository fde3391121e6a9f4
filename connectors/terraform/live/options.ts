import { z } from 'zod'
import { duration } from '../../../model/duration.ts'
import type { Json } from '../../../model/resource.ts'
import { isConfigurationName } from './provider-address.ts'

const expected = 'expected true, false, or a block such as {every: 1h}'

const atMost = (most: number) => {
  const error = `expected a whole number from 1 to ${most}`
  return z.int({ error }).min(1, error).max(most, error)
}

const durationFrom = (least: number, text: string) =>
  duration.refine((ms) => ms >= least, { error: `expected at least ${text}` })

const configuration = z.record(z.string(), z.json(), { error: "expected a block of the provider's own arguments" })

const liveBlock = z.strictObject(
  {
    every: durationFrom(1000, '1s')
      .default(15 * 60 * 1000)
      .meta({
        'x-default': '`15m`',
        description: 'Time from the end of a pass to the next; a write of the state brings one at once.',
      }),
    concurrency: atMost(64).default(8).meta({ description: 'Reads at once of one provider configuration.' }),
    read_timeout: durationFrom(1000, '1s')
      .default(60_000)
      .meta({ 'x-default': '`60s`', description: 'For the answer to one read; what takes longer is unknown.' }),
    max_processes: atMost(16).default(2).meta({
      description: 'Provider processes at once, of one state. Each provider configuration has one while it is read.',
    }),
    providers: z.array(z.string().min(1)).default([]).meta({
      description:
        'More folders with provider binaries, laid out as a mirror (`HOST/NAMESPACE/TYPE/VERSION/PLATFORM`).',
    }),
    configurations: z
      .record(
        z.string().refine(isConfigurationName, {
          error:
            'expected a provider as the state names it, and its alias: registry.terraform.io/hashicorp/aws, registry.terraform.io/hashicorp/aws.eu',
        }),
        configuration,
      )
      .default({})
      .meta({
        description:
          "By provider configuration (`registry.terraform.io/hashicorp/aws.eu`), the provider's own arguments: they add to what is inferred from the state, or replace it.",
      }),
    env: z
      .array(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'expected the name of a variable, such as DATADOG_API_KEY'),
      )
      .default([])
      .meta({
        description:
          'Environment variables that the providers get beside the usual ones; `ACME_*` is all that begin so.',
      }),
  },
  { error: expected },
)

/** The `live` option: `true`, or what differs from the defaults. `null` once parsed: off. */
export const liveOption = z
  .union([z.boolean({ error: expected }), liveBlock], { error: expected })
  .default(false)
  .transform((given): LiveOptions | null => {
    if (given === false) return null
    const block = given === true ? liveBlock.parse({}) : given
    return {
      everyMs: block.every,
      concurrency: block.concurrency,
      readTimeoutMs: block.read_timeout,
      maxProcesses: block.max_processes,
      providers: block.providers,
      configurations: block.configurations as LiveOptions['configurations'],
      env: block.env,
    }
  })
  .meta({
    'x-default': '`false`',
    description:
      'Whether the real things are read too, through the Terraform providers that stand on this disk ([drift.md](drift.md)): `true`, or a block of what differs from its defaults.',
  })

export interface LiveOptions {
  /** From the end of a pass to the next. */
  readonly everyMs: number
  /** Reads at once of one provider configuration. */
  readonly concurrency: number
  readonly readTimeoutMs: number
  /** Provider processes at once. */
  readonly maxProcesses: number
  /** Folders with provider binaries, beside those that Terraform itself looks into. */
  readonly providers: readonly string[]
  /** By provider configuration, arguments that add to what is inferred, or replace it. */
  readonly configurations: Readonly<Record<string, { [name: string]: Json }>>
  /** Environment variables that the providers get beside the usual ones. */
  readonly env: readonly string[]
}
