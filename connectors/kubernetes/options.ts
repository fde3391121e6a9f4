import { z } from 'zod'

const seconds = (least: number, most: number) => {
  const expected = `expected a number of seconds from ${least} to ${most}`
  return z.number(expected).min(least, expected).max(most, expected)
}

const names = (expected: string) => z.array(z.string(expected).min(1, expected), expected)

const patterns = 'expected kinds such as Pod, apps.Deployment or cert-manager.io.*'

/** What a kubernetes source can be configured with beside `where`. */
export const kubernetesOptions = z.strictObject({
  name: z.string().min(1).optional().meta({
    description: 'The name of the cluster in scopes; default: the name of the context, `in-cluster` in a pod.',
  }),
  namespaces: names('expected names of namespaces').default([]).meta({
    description:
      'Only these namespaces, a scope for each kind in each; default: all of them, and what stands in none. For a user that may list no more.',
  }),
  kinds: z
    .strictObject({
      include: names(patterns).default(['*']).meta({
        description:
          'Kinds that are watched: `Pod`, `apps.Deployment`, or with `*` for any text. A name without `*` is watched although it is left out by default.',
      }),
      exclude: names(patterns).default([]).meta({ description: 'Kinds that are not watched.' }),
    })
    .prefault({})
    .meta({
      description:
        'Which kinds are watched; default: each that can be listed, except those that docs/kubernetes.md lists.',
    }),
  selector: z.string().min(1).optional().meta({
    description:
      'A label selector, as `kubectl get -l` takes it. An object that no longer matches it counts as deleted.',
  }),
  audit: z
    .strictObject({
      file: z.string().min(1).optional().meta({
        description: 'The file of `--audit-log-path`, read as it grows and is rotated.',
      }),
      listen: z.string().min(1).optional().meta({
        description: 'HOST:PORT at which vaino receives what `--audit-webhook-config-file` sends.',
      }),
      token: z.string().min(1).optional().meta({
        description:
          'What the webhook sends as its bearer token or as the path of its address, `env:NAME` or as it is; needed unless `listen` is on loopback.',
        'x-secret': true,
      }),
    })
    .refine(({ file, listen }) => (file === undefined) !== (listen === undefined), 'expected file or listen')
    .optional()
    .meta({
      description: "The API server's audit log: changes get the user, verb, time and address of whoever made them.",
    }),
  timeout_seconds: seconds(0.05, 600).default(30).meta({
    description: 'Seconds for an answer to begin, and for each part of it to come.',
  }),
  empty_kinds_seconds: seconds(0, 3600).default(0).meta({
    description:
      'A kind without objects has no watch. Its first object is looked for at this interval, in seconds, so it may be seen that much later. 0: each kind has a watch.',
  }),
  silence_seconds: seconds(0.05, 3600).default(150).meta({
    description:
      'Seconds after which a watch in which nothing comes is opened anew; the server sends a bookmark about every minute.',
  }),
})

export type KubernetesOptions = z.output<typeof kubernetesOptions>
