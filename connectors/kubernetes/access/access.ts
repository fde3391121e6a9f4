import type { Credentials } from './credential.ts'

/** How the API server of one cluster is reached. */
export interface ClusterAccess {
  /** Without a slash at its end. */
  readonly server: URL
  /** PEM of the authorities that are trusted; null: those of the system. */
  readonly authorities: string | null
  /** The name in the server's certificate, where it isn't the address's. */
  readonly serverName: string | null
  readonly skipsVerification: boolean
  /** Null: none. */
  readonly proxy: URL | null
  readonly credentials: Credentials
  /** Equal for two readings of a kubeconfig that say the same. */
  readonly fingerprint: string
}
