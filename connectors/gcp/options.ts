import { z } from 'zod'
import { callTimeout } from '../calls/call-timeout.ts'

const texts = (expected: string, pattern: RegExp) => z.array(z.string().regex(pattern, expected))
const typePatterns = texts('expected a type or a pattern of types, such as google_compute_*', /^[a-z*?][a-z0-9_*?]*$/)
const serviceAccount = /^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/
const expectedAccount = 'expected the address of a service account, such as vaino@PROJECT.iam.gserviceaccount.com'

/** What a gcp source can be configured with beside `where`. */
export const gcpOptions = z.strictObject({
  impersonate: z
    .string()
    .regex(serviceAccount, expectedAccount)
    .optional()
    .meta({ description: 'The service account that is impersonated with the default credentials.' }),
  delegates: texts(expectedAccount, serviceAccount).default([]).meta({
    description: 'Service accounts between the default credentials and the impersonated one, in their order.',
  }),
  quota_project: z.string().min(1).optional().meta({
    'x-default': 'what the credentials name',
    description: 'The project whose quota and enabled APIs count for the calls.',
  }),
  endpoint: z
    .string()
    .regex(/^https?:\/\/\S+\/$/, 'expected a URL that ends with a slash, such as https://{api}-vaino.p.googleapis.com/')
    .optional()
    .meta({
      'x-default': "Google's own",
      description:
        "Where the APIs answer; `{api}` is the API's name. gcloud's `CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>` win.",
      example: 'https://{api}-vaino.p.googleapis.com/',
    }),
  metadata_server: z.boolean().default(true).meta({
    description:
      'Whether credentials and project are asked of the machine that vaino runs on, where nothing else names them.',
  }),
  types: z
    .strictObject({
      include: typePatterns
        .default(['*'])
        .meta({ description: 'Types that are watched; `*` is any run of characters.' }),
      exclude: typePatterns.default([]).meta({ description: 'Types that are left out of these.' }),
    })
    .prefault({})
    .meta({ description: 'Which of the types that vaino reads ([gcp.md](gcp.md)) are watched.' }),
  inventory: z.boolean().default(false).meta({
    description:
      'Whether all other types are read from Cloud Asset Inventory, which is minutes behind ([gcp.md](gcp.md#all-other-types)).',
  }),
  events: z
    .strictObject({
      subscription: z
        .string()
        .regex(/^projects\/[^/\s]+\/subscriptions\/[^/\s]+$/, 'expected projects/PROJECT/subscriptions/NAME')
        .meta({
          description:
            'A subscription of Pub/Sub that gets entries of the audit logs, or what a feed of Cloud Asset Inventory sends.',
          example: 'projects/acme-shop/subscriptions/vaino-events',
        }),
    })
    .optional()
    .meta({
      description:
        'What changes is looked at within seconds, and who did it is known ([gcp.md](gcp.md#within-seconds-and-who-did-it)). Absent: what an interval finds.',
    }),
  call_timeout: callTimeout(60),
})

export type GcpOptions = z.output<typeof gcpOptions>
