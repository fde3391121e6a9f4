import type { Json } from '../../../../model/resource.ts'
import type { JsonObject } from '../../parse-bytes.ts'
import type { Quote } from './quote.ts'

// What the source of live reading needs of a provider: find a binary, open it with one configuration, read instances.
// `binary.ts` has `findBinary`, `reader.ts` has `openProvider`; both throw `ProviderError`.

/** Why nothing is known of an instance, or of all instances of a provider. */
export type UnknownReason =
  /** No binary of this version is on the disk, or only a packed one. */
  | 'no_binary'
  /** The binary isn't the one that the lock file names. */
  | 'wrong_hash'
  /** The binary did not start, or said something that isn't the plugin protocol. */
  | 'not_started'
  /** The provider refused its configuration, or the configuration has a member that the provider doesn't know. */
  | 'not_configured'
  /** The provider has no such resource type. */
  | 'no_such_type'
  /** The state was written by a newer version of this provider. */
  | 'newer_state'
  | 'denied'
  | 'throttled'
  | 'timed_out'
  /** The provider died at this instance, twice. */
  | 'crashed'
  /** The provider answered with a warning: some hide a deleted thing behind one. */
  | 'warning'
  /** The provider put the reading off. */
  | 'deferred'
  /** Any other error of the provider. */
  | 'error'
  /** The provider's types read nothing (random, time). Decided by the source, never by a reading. */
  | 'nothing_to_read'

/** A managed instance as the state has it: what one read needs. */
export interface StateInstance {
  readonly address: string
  readonly type: string
  readonly schemaVersion: number
  /** The bytes that the state has, so that numbers keep their digits. */
  readonly attributes: Uint8Array
  /** Base64, as the state has it. */
  readonly private: string | null
  readonly identity: Json
  readonly identitySchemaVersion: number | null
}

export type Reading =
  | {
      readonly kind: 'present'
      /** All attributes and blocks of the schema as a state would write them, names in order, sets in canonical order. */
      readonly attributes: JsonObject
      readonly identity: Json
    }
  /** The provider would create it anew, which isn't yet "deleted": only a candidate for missing. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'unknown'
      readonly reason: UnknownReason
      readonly detail: Quote
    }

/** `computed` is what only the provider sets. */
export type AttributeClass = 'required' | 'optional' | 'optional_computed' | 'computed'

/**
 * What a resource type's schema says that comparing and redacting need. Paths are dotted names without positions, through blocks, nested
 * attributes and objects: `ingress.cidr_blocks`; a map's keys are one step, `*`.
 */
export interface TypeSchema {
  readonly version: number
  /** Null where the type has no identity. */
  readonly identityVersion: number | null
  /** The class of the innermost attribute at or above the path; null for a block and for what the schema doesn't have. */
  classOf(path: string): AttributeClass | null
  /** Attributes and blocks that are sets, at any depth. */
  readonly sets: readonly string[]
  readonly sensitive: readonly string[]
  readonly writeOnly: readonly string[]
  readonly computedOnly: readonly string[]
  readonly optionalComputed: readonly string[]
  /** Nested blocks at any depth. They are neither optional nor computed on the wire. */
  readonly blocks: readonly string[]
}

/** One provider with one configuration. Its process is started when it is opened and again after a crash. */
export interface Provider extends AsyncDisposable {
  /** From the cache of the binary, else by asking. @throws ProviderError `no_such_type`, or why the provider can't be asked */
  schemaOf(type: string, signal: AbortSignal): Promise<TypeSchema>
  /**
   * Reads one instance; as many at once as `concurrency` says, the rest wait in their order. Never throws for the instance or the provider: that is
   * `unknown`.
   * @throws the signal's reason when it aborts
   */
  read(instance: StateInstance, signal: AbortSignal): Promise<Reading>
}

/** A provider's executable on the disk. */
export interface Binary {
  /** `registry.terraform.io/hashicorp/aws`, as it was asked for. */
  readonly address: string
  readonly version: string
  readonly path: string
  /** `h1:…` of its folder, where a lock file named one and it was compared. */
  readonly hash: string | null
}

export interface ProviderOptions {
  readonly binary: Binary
  /** The root module's folder: relative paths in a state start there. */
  readonly workingDirectory: string
  readonly configuration: JsonObject
  /** Names of environment variables that the process gets beside the usual ones; one that ends in `*` stands for all that begin so. */
  readonly env: readonly string[]
  readonly concurrency: number
  readonly readTimeoutMs: number
  /** For the start until it is configured. */
  readonly startTimeoutMs: number
  /** Masks secrets in what people will read. */
  readonly redactText: (text: string) => string
}

/** Where a provider's binary may be. */
export interface BinaryPlaces {
  /** The root module's folder; null where it isn't known (a state of a bucket). */
  readonly rootModule: string | null
  /** Folders that the user named; looked into first. */
  readonly providers: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}
