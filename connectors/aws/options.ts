import { z } from 'zod'
import { callTimeout } from '../calls/call-timeout.ts'

const texts = (expected: string, pattern: RegExp) => z.array(z.string().regex(pattern, expected))
const cloudPatterns = texts('expected a type or a pattern, such as AWS::AppRunner::*', /^AWS::[A-Za-z0-9:*?]+$/)
const typePatterns = texts('expected a type or a pattern of types, such as aws_iam_*', /^[a-z*?][a-z0-9_*?]*$/)

/** What an aws source can be configured with beside `where`. */
export const awsOptions = z.strictObject({
  accounts: texts(
    'expected the ARN of a role, such as arn:aws:iam::111122223333:role/vaino',
    /^arn:[a-z-]+:iam::\d{12}:role\/.+$/,
  )
    .default([])
    .meta({
      description:
        'Roles that are assumed with the credentials of `where`, one for each further account that is watched.',
    }),
  organization: z
    .strictObject({
      role: z
        .string()
        .regex(/^[\w+=,.@/-]{1,512}$/, 'expected the name of a role, such as vaino')
        .meta({
          description: 'The name of the role that is assumed in each account, with its path where it has one.',
          example: 'vaino',
        }),
      exclude: texts('expected the 12 digits of an account', /^\d{12}$/)
        .default([])
        .meta({ description: 'Accounts that are left out.' }),
    })
    .optional()
    .meta({
      description:
        'Every account of the organization is watched, which the credentials of `where` may list ([aws.md](aws.md#many-accounts)).',
    }),
  external_id: z.string().min(2).max(1224).optional().meta({
    description: 'The external id with which the roles are assumed, where their trust policies ask for one.',
  }),
  session_name: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, 'expected 2 to 64 letters, digits and =,.@-_')
    .default('vaino')
    .meta({ description: "The name of the roles' sessions: it stands in CloudTrail." }),
  regions: texts('expected the name of a region, such as eu-west-1', /^[a-z]{2,}(?:-[a-z0-9]+)+$/)
    .default([])
    .meta({ 'x-default': 'all that are enabled in the account', description: 'The regions that are watched.' }),
  types: z
    .strictObject({
      include: typePatterns
        .default(['*'])
        .meta({ description: 'Types that are watched; `*` is any run of characters.' }),
      exclude: typePatterns.default([]).meta({ description: 'Types that are left out of these.' }),
    })
    .prefault({})
    .meta({ description: 'Which of the types that vaino reads ([aws.md](aws.md)) are watched.' }),
  cloud_control: z
    .strictObject({
      include: cloudPatterns.min(1).meta({
        description: "Types by CloudFormation's names; `*` is any run of characters.",
        example: 'AWS::AppRunner::*',
      }),
      exclude: cloudPatterns.default([]).meta({ description: 'Types that are left out of these.' }),
    })
    .optional()
    .meta({
      description:
        'Further types, which Cloud Control reads: those without a row of their own ([aws.md](aws.md#every-other-type)).',
    }),
  config: z
    .strictObject({
      include: cloudPatterns.min(1).meta({
        description: "Types by AWS Config's names; `*` is any run of characters.",
        example: 'AWS::*',
      }),
      exclude: cloudPatterns.default([]).meta({ description: 'Types that are left out of these.' }),
    })
    .optional()
    .meta({
      description:
        'Further types, which AWS Config reads where its recorder is continuous: those that neither a row nor Cloud Control reads ([aws.md](aws.md#what-aws-config-records)).',
    }),
  events: z
    .strictObject({
      queue: z
        .url({ protocol: /^https?$/ })
        .optional()
        .meta({
          description:
            'The URL of a queue of SQS that EventBridge fills with the events of CloudTrail: what changes is looked at within seconds.',
          example: 'https://sqs.eu-west-1.amazonaws.com/111122223333/vaino-events',
        }),
      lookup: z.boolean().default(true).meta({
        description:
          "Without a queue: whether CloudTrail's event history is asked who made a change that a scan has found.",
      }),
    })
    .prefault({})
    .meta({
      description:
        'How who made a change is known, and what changes is seen soon ([aws.md](aws.md#within-seconds-and-who-did-it)).',
    }),
  call_timeout: callTimeout(30),
})

export type AwsOptions = z.output<typeof awsOptions>
