import { z } from 'zod'

const text = z.string().optional()
const flag = z.boolean().optional()

const clusterSchema = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
})

const execSchema = z.looseObject({
  apiVersion: text,
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
})

const userSchema = z.looseObject({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-uid': text,
  'as-groups': z.array(z.string()).nullish(),
  'as-user-extra': z.record(z.string(), z.array(z.string())).nullish(),
  'auth-provider': z.looseObject({ name: z.string() }).nullish(),
  exec: execSchema.nullish(),
})

const contextSchema = z.looseObject({ cluster: z.string(), user: text, namespace: text })

/** The part of a kubeconfig file that a client reads; other members are left alone, as kubectl leaves them. */
export const kubeconfigSchema = z.looseObject({
  'current-context': z.string().nullish(),
  clusters: z.array(z.looseObject({ name: z.string(), cluster: clusterSchema })).nullish(),
  users: z.array(z.looseObject({ name: z.string(), user: userSchema.nullish() })).nullish(),
  contexts: z.array(z.looseObject({ name: z.string(), context: contextSchema })).nullish(),
})

export type KubeconfigFile = z.output<typeof kubeconfigSchema>
export type ClusterEntry = z.output<typeof clusterSchema>
export type UserEntry = z.output<typeof userSchema>
export type ContextEntry = z.output<typeof contextSchema>
export type ExecEntry = z.output<typeof execSchema>
