import type { Connection } from './grpc.ts'
import type { ProtocolVersion } from './handshake.ts'
import { field, fieldOf, fieldsOf, mapOf, message, numberField, numberOf, textOf, type WireField } from './wire.ts'

// The calls of Terraform's plugin protocol that reading needs, versions 5 and 6, as messages of bytes. Values and schemas stay encoded: value.ts and
// schema.ts know them. The numbers of the fields are those of the protocol, which is public.

export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly summary: string
  readonly detail: string
}

/** A value as it is on the wire. `null` in each of its forms (absent, empty) is null. */
export type WireValue = { readonly form: 'msgpack' | 'json'; readonly bytes: Uint8Array } | null

export interface SchemaAnswer {
  readonly diagnostics: readonly Diagnostic[]
  /** Encoded schemas: views into one answer. */
  readonly provider: Uint8Array
  readonly resources: ReadonlyMap<string, Uint8Array>
  /** Whether a later process may be used without being asked for its schema. */
  readonly isOptional: boolean
}

export interface ReadRequest {
  readonly type: string
  readonly state: WireValue
  readonly private: Uint8Array
  readonly identity: WireValue
}

export interface ReadAnswer {
  readonly state: WireValue
  readonly diagnostics: readonly Diagnostic[]
  readonly isDeferred: boolean
  readonly identity: WireValue
}

/** How long a call may take, and what ends it earlier. */
export interface Limit {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface Protocol {
  getSchema(limit: Limit): Promise<SchemaAnswer>
  /** Encoded identity schemas by type. */
  getIdentitySchemas(
    limit: Limit,
  ): Promise<{ diagnostics: readonly Diagnostic[]; schemas: ReadonlyMap<string, Uint8Array> }>
  validateConfiguration(
    configuration: Uint8Array,
    limit: Limit,
  ): Promise<{ prepared: WireValue; diagnostics: readonly Diagnostic[] }>
  configure(configuration: WireValue, limit: Limit): Promise<readonly Diagnostic[]>
  upgradeState(type: string, version: number, json: Uint8Array, limit: Limit): Promise<Upgraded>
  upgradeIdentity(type: string, version: number, json: Uint8Array, limit: Limit): Promise<Upgraded>
  read(request: ReadRequest, limit: Limit): Promise<ReadAnswer>
  shutdown(limit: Limit): Promise<void>
}

export interface Upgraded {
  readonly value: WireValue
  readonly diagnostics: readonly Diagnostic[]
}

/** Providers put it into the names that they send to their clouds, and some refuse versions that can't do what they need. */
const terraformVersion = '1.12.0'

export function protocolOf(connection: Connection, version: ProtocolVersion): Protocol {
  const service = `/tfplugin${version}.Provider`
  const names =
    version === 5
      ? { schema: 'GetSchema', validate: 'PrepareProviderConfig', configure: 'Configure' }
      : { schema: 'GetProviderSchema', validate: 'ValidateProviderConfig', configure: 'ConfigureProvider' }
  const ask = async (name: string, request: Uint8Array, { timeoutMs, signal }: Limit): Promise<WireField[]> =>
    fieldsOf(await connection.call(`${service}/${name}`, request, timeoutMs, signal))

  async function upgrade(call: string, [type, version_, json]: [string, number, Uint8Array], limit: Limit) {
    const request = message(field(1, type), numberField(2, version_), field(3, field(1, json)))
    return ask(call, request, limit)
  }

  return {
    async getSchema(limit) {
      const answer = await ask(names.schema, message(), limit)
      const capabilities = fieldsOf(fieldOf(answer, 6) ?? message())
      return {
        diagnostics: diagnosticsOf(answer, 4),
        provider: fieldOf(answer, 1) ?? message(),
        resources: mapOf(answer, 2),
        isOptional: numberOf(capabilities, 2) === 1,
      }
    },
    async getIdentitySchemas(limit) {
      const answer = await ask('GetResourceIdentitySchemas', message(), limit)
      return { schemas: mapOf(answer, 1), diagnostics: diagnosticsOf(answer, 2) }
    },
    async validateConfiguration(configuration, limit) {
      const answer = await ask(names.validate, field(1, field(1, configuration)), limit)
      const prepared = version === 5 ? wireValueOf(fieldOf(answer, 1)) : null
      return { prepared, diagnostics: diagnosticsOf(answer, 2) }
    },
    async configure(configuration, limit) {
      const request = message(field(1, terraformVersion), field(2, encoded(configuration)))
      return diagnosticsOf(await ask(names.configure, request, limit), 1)
    },
    async upgradeState(...[type, state, json, limit]) {
      const answer = await upgrade('UpgradeResourceState', [type, state, json], limit)
      return { value: wireValueOf(fieldOf(answer, 1)), diagnostics: diagnosticsOf(answer, 2) }
    },
    async upgradeIdentity(...[type, identity, json, limit]) {
      const answer = await upgrade('UpgradeResourceIdentity', [type, identity, json], limit)
      return { value: identityOf(fieldOf(answer, 1)), diagnostics: diagnosticsOf(answer, 2) }
    },
    async read(request, limit) {
      const identity = request.identity === null ? null : field(1, encoded(request.identity))
      const fields = [field(1, request.type), field(2, encoded(request.state)), field(3, request.private)]
      const answer = await ask('ReadResource', message(...fields, field(6, identity)), limit)
      return {
        state: wireValueOf(fieldOf(answer, 1)),
        diagnostics: diagnosticsOf(answer, 2),
        isDeferred: fieldOf(answer, 4) !== null,
        identity: identityOf(fieldOf(answer, 5)),
      }
    },
    async shutdown({ timeoutMs, signal }) {
      await connection.call('/plugin.GRPCController/Shutdown', message(), timeoutMs, signal)
    },
  }
}

const encoded = (value: WireValue): Uint8Array | null =>
  value === null ? null : field(value.form === 'msgpack' ? 1 : 2, value.bytes)

function wireValueOf(bytes: Uint8Array | null): WireValue {
  const fields = fieldsOf(bytes ?? message())
  for (const [number, form] of [
    [1, 'msgpack'],
    [2, 'json'],
  ] as const) {
    const content = fieldOf(fields, number)
    if (content !== null && content.length > 0) return { form, bytes: content }
  }
  return null
}

const identityOf = (bytes: Uint8Array | null): WireValue =>
  bytes === null ? null : wireValueOf(fieldOf(fieldsOf(bytes), 1))

const diagnosticsOf = (answer: readonly WireField[], number: number): Diagnostic[] =>
  answer
    .filter((one) => one.number === number)
    .map(({ bytes }) => {
      const fields = fieldsOf(bytes)
      // A severity that a newer protocol adds is no mere warning.
      return {
        severity: numberOf(fields, 1) === 2 ? 'warning' : 'error',
        summary: textOf(fields, 2),
        detail: textOf(fields, 3),
      }
    })
