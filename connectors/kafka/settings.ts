/** How to reach a Kafka cluster. */
export interface KafkaSettings {
  /** `HOST:PORT` of the brokers that are asked first; the others are in their metadata. */
  readonly brokers: readonly string[]
  /** The name of this client in the brokers' logs and quotas; `vaino` by default. */
  readonly clientId?: string
  /** Connections use TLS. `{}` trusts the public certificate authorities. */
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  /** Receives the log lines of the Kafka client, which hold no secrets; if absent, nothing is logged. */
  readonly log?: (line: KafkaLogLine) => void
}

/** Each is a PEM text, not a file name. */
export interface KafkaTls {
  /** The private certificate authority that signed the brokers' certificates. */
  readonly ca?: string
  /** The client certificate and its key, if the brokers require one. */
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

/** Headers of an outgoing record. */
export type KafkaHeaders = Readonly<Record<string, string | Uint8Array>>

/**
 * A text in pieces. No piece ends within a character. A text composed of large parts is written part by part, because joining
 * them would copy them once more.
 */
export type TextPieces = readonly string[]

/** A record to be sent. On a compacted topic a null value deletes its key. */
export interface OutgoingRecord {
  readonly key: string | Uint8Array | null
  readonly value: string | TextPieces | Uint8Array | null
  readonly headers?: KafkaHeaders
  /** Milliseconds since 1970; now by default. */
  readonly timestampMs?: number
}

/** A record of the log. Its bytes are views of a larger buffer: copy what you keep. */
export interface LogRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** In the order in the record; a name may occur twice. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}
