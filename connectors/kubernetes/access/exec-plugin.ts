import { execFile } from 'node:child_process'
import path from 'node:path'
import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import type { Credential, Credentials } from './credential.ts'
import type { ExecEntry } from './kubeconfig-schema.ts'

/** What a plugin is told of the cluster where it asks for it (`provideClusterInfo`). */
export interface ExecCluster {
  readonly server: string
  readonly 'certificate-authority-data'?: string
  readonly 'tls-server-name'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'proxy-url'?: string
}

/** Time for a plugin to answer; those of the clouds take 1 to 5 s. */
const timeoutMs = 60_000
/** Bytes of the longest answer. */
const maxOutputBytes = 1024 * 1024
/** A credential is asked for again this long before it expires. */
const renewMs = 60_000

const answerSchema = z.looseObject({
  kind: z.literal('ExecCredential'),
  status: z.looseObject({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
})

interface Kept extends Credential {
  /** Milliseconds since 1970; infinite where the plugin names no time. */
  readonly expiresAt: number
}

/** Credentials that a program makes: one run for all who wait, kept until they expire or the server refuses them. */
export class ExecPlugin implements Credentials {
  readonly #entry: ExecEntry
  readonly #folder: string
  readonly #cluster: ExecCluster
  #kept: Kept | null = null
  #asking: Promise<Kept> | null = null

  constructor(entry: ExecEntry, folder: string, cluster: ExecCluster) {
    this.#entry = entry
    this.#folder = folder
    this.#cluster = cluster
  }

  async current(): Promise<Credential> {
    if (this.#kept !== null && this.#kept.expiresAt - renewMs > Date.now()) return this.#kept
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    this.#kept = await this.#asking
    return this.#kept
  }

  refused(): void {
    this.#kept = null
  }

  async #ask(): Promise<Kept> {
    const { command, interactiveMode } = this.#entry
    if (interactiveMode === 'Always') {
      throw this.#failure('asks a person', 'vaino has no terminal for it: use a plugin that signs in without one.')
    }
    const parsed = answerSchema.safeParse(jsonOf(await this.#output()))
    if (!parsed.success)
      throw this.#failure('answers with no ExecCredential', `Run ${command} by hand to see its answer.`)
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = parsed.data.status
    if (!token && !(cert && key))
      throw this.#failure('gives neither a token nor a certificate with its key', signInHint)
    const expiresAt = expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp)
    return {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      certificate: cert && key ? { cert, key } : null,
      // A time that can't be read: the credential serves what waits for it, and is asked for again.
      expiresAt: Number.isNaN(expiresAt) ? 0 : expiresAt,
    }
  }

  /** The plugin's output. What it prints as errors stays unread: it may hold a credential. */
  #output(): Promise<string> {
    const { command, args, env, installHint } = this.#entry
    // A path with a separator leads from the kubeconfig's folder; a plain name is looked for in PATH.
    const program = command.includes('/') ? path.resolve(this.#folder, command) : command
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxOutputBytes,
      env: {
        ...withoutOwn(process.env),
        ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: this.#info(),
      },
    } as const
    return new Promise((resolve, reject) => {
      const child = execFile(program, [...(args ?? [])], options, (error, stdout) => {
        if (error === null) return resolve(String(stdout))
        if (error.code === 'ENOENT') return reject(this.#failure('is not installed', installHint ?? installItHint))
        const why = error.killed ? `was ended after ${timeoutMs / 1000} s` : `ended with ${error.code ?? error.signal}`
        reject(this.#failure(why, signInHint))
      })
      child.stdin?.end()
    })
  }

  #info(): string {
    const { apiVersion = 'client.authentication.k8s.io/v1', provideClusterInfo } = this.#entry
    const spec = { interactive: false, ...(provideClusterInfo ? { cluster: this.#cluster } : {}) }
    return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  }

  #failure(what: string, hint: string): VainoError {
    return new VainoError('source_failed', `the exec plugin ${path.basename(this.#entry.command)} ${what}`, { hint })
  }
}

/** The environment without what is vaino's own: its tokens are no business of a plugin's. */
const withoutOwn = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('VAINO_')))

const signInHint = 'Sign in again by the tool that wrote the kubeconfig.'
const installItHint = 'Install it, or put its folder into PATH.'

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
