import { z } from 'zod'
import { liveOption } from './live/options.ts'

const seconds = (most: number) => {
  const expected = `expected a number of seconds from above 0 to ${most}`
  return z.number(expected).gt(0, expected).max(most, expected)
}

/** What a terraform source can be configured with beside `where`. */
export const terraformOptions = z.strictObject({
  data_sources: z.boolean().default(false).meta({
    description: 'Whether data sources are resources too. They are what terraform read, not what it made.',
  }),
  timeout_seconds: seconds(3600).default(30).meta({
    description: 'For an address: seconds for the answer to begin, and for each part of it to come.',
  }),
  deadline_seconds: seconds(86_400).default(300).meta({
    description: 'For an address: seconds for the whole answer. A slower one ends as an incomplete scan.',
  }),
  max_bytes: z
    .int('expected a whole number of bytes')
    .min(1)
    .default(2 ** 31)
    .meta({
      description: 'For an address: bytes of the longest answer that is read.',
    }),
  live: liveOption,
})

export type TerraformOptions = z.output<typeof terraformOptions>
