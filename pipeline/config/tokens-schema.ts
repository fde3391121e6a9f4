import { z } from 'zod'
import { duration } from './units.ts'

const within = z
  .array(
    z.string().regex(/^[^/\s]+(\/[^/\s]+){0,3}\/?$/, 'expected the beginning of scopes, such as aws/111122223333/'),
  )
  .min(1)
  .max(100)

const token = z.string().min(16, 'a token has at least 16 characters')
const name = z.string().min(1).max(100)

const list = (entry: z.ZodType<string | { token: string; name?: string | undefined; within?: string[] | undefined }>) =>
  z.array(entry).max(100).prefault([])

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** What a value of the wrong type should have been. */
const expected = {
  error: ({ input }: { input?: unknown }) => (isObject(input) ? 'expected {token, name, within}' : 'expected text'),
}

const seeing = list(
  z.union([token, z.strictObject({ token, name: name.optional(), within: within.optional() })], expected),
)
const sending = list(z.union([token, z.strictObject({ token, name: name.optional() })], expected))

const right = z.enum(['read', 'ingest', 'admin'])

const claimRights = z
  .strictObject({
    claim: name.meta({ description: 'The claim, or a path into it: `groups`, `realm_access.roles`.' }),
    value: z.string().min(1).max(1000).meta({ description: 'What it must be, or have among its values.' }),
    rights: z.array(right).min(1),
    within: within.optional(),
  })
  .superRefine(({ rights, within: only }, context) => {
    if (only === undefined || !rights.includes('ingest')) return
    context.addIssue({
      code: 'custom',
      path: ['within'],
      message: 'records of any scope can be sent with "ingest", so it takes no within',
    })
  })

const issuer = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }),
  audience: z.string().min(1).max(1000),
  jwks_url: z.url({ protocol: /^https?$/ }).optional(),
  name: name.optional(),
  clock_skew: duration.refine((ms) => ms <= 300_000, 'must be at most 5m').prefault('60s'),
  rights: z.array(claimRights).min(1).max(1000),
})

/** The keys below `tokens`. */
export const tokensSchema = z
  .strictObject({
    read: seeing.meta({
      description:
        'Tokens that may query and follow changes: a text, or `{token, name, within: ["aws/111122223333/"]}` for one that sees those scopes alone.',
      'x-secret': true,
    }),
    ingest: sending.meta({
      description: 'Tokens that may send records: a text, or `{token, name}`.',
      'x-secret': true,
    }),
    admin: seeing.meta({
      description:
        'Tokens that may do everything, and release held deletes: as `read`; with `within`, in those scopes.',
      'x-secret': true,
    }),
  })
  .prefault({})
  .meta({ description: 'Who may ask. Without tokens only a loopback address can be listened on.' })

/** Whose signed tokens are taken. */
export const oidcSchema = z.array(issuer).max(20).prefault([]).meta({
  description:
    'Whose signed tokens (JWT) are taken: `{issuer, audience, rights: [{claim, value, rights, within}]}`, optionally `jwks_url`, `name` (the claim by which the audit log calls a bearer) and `clock_skew` (60s).',
})

/** The files of the server's certificate. */
export const tlsSchema = z
  .strictObject({
    cert: z.string().min(1).meta({ description: 'File of the certificate and those that signed it, PEM.' }),
    key: z.string().min(1).meta({ description: 'File of its private key, PEM, without a password.' }),
  })
  .optional()
  .meta({
    description:
      'Serves HTTPS with these files, which are looked at every 10 s: a renewed certificate takes effect without a restart.',
    'x-default': 'HTTP',
  })
