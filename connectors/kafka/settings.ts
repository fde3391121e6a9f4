/** How to reach a Kafka cluster. Every function of this folder takes it; none keeps a connection beyond what it returns. */
export interface KafkaSettings {
  /** `HOST:PORT` of the brokers to begin with; the others are found through them. */
  readonly brokers: readonly string[]
  /** What brokers call us in their logs and quotas. */
  readonly clientId?: string
  /** Encrypts; `{}` trusts the public authorities. */
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  /** Is told what the client library has to say, without secrets; absent: nothing is said. */
  readonly log?: (line: KafkaLogLine) => void
}

/** PEM texts, not file names. */
export interface KafkaTls {
  /** The authority that signed the brokers' certificates, where it is a private one. */
  readonly ca?: string
  /** Our certificate, and its key, where the brokers ask for one. */
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export interface KafkaLogLine {
  readonly level: 'error' | 'warn' | 'info'
  readonly text: string
}

/** Headers of a record that is sent. */
export type KafkaHeaders = Readonly<Record<string, string | Uint8Array>>

/**
 * A text in pieces, none of which ends within a character: what is pasted together from large parts is written part by part,
 * because one text made of them would be one more copy.
 */
export type TextPieces = readonly string[]

/** A record on its way to a topic. A null value on a compacted topic deletes its key. */
export interface OutgoingRecord {
  readonly key: string | Uint8Array | null
  readonly value: string | TextPieces | Uint8Array | null
  readonly headers?: KafkaHeaders
  /** Milliseconds since 1970; now by default. */
  readonly timestampMs?: number
}

/** A record as it stands in the log. Its bytes are views of a larger buffer: copy what is kept. */
export interface LogRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** In their order; a name may stand twice. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}
