import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { decode, ExtData, encode } from '@msgpack/msgpack'
import { field, fieldOf, fieldsOf, message, numberField, numberOf, textOf, type WireField } from './wire.ts'

// A provider in one script, for the tests: it serves protocol 6, and the attribute `do` of an instance says how reading it ends. Its folder holds
// what it did (`log`) and what it shall do (`stubborn`, `refuse`: files).

const folder = process.env.TEST_PROVIDER ?? '.'
const log = (line: string): void => appendFileSync(`${folder}/log`, `${line}\n`)
const shall = (what: string): boolean => existsSync(`${folder}/${what}`)

const attribute = (name: string, type: unknown, ...flags: number[]): Uint8Array =>
  field(2, message(field(1, name), field(2, JSON.stringify(type)), ...flags.map((flag) => numberField(flag, 1))))
const [required, optional, computed, sensitive] = [4, 5, 6, 7] as const
const names = ['name', 'do', 'id', 'password', 'seen', 'ports'] as const
const rule = message(attribute('cidr_blocks', ['set', 'string'], optional), attribute('uid', 'string', computed))
const thing = message(
  attribute('name', 'string', required),
  attribute('do', 'string', optional),
  attribute('id', 'string', computed),
  attribute('password', 'string', optional, sensitive),
  attribute('seen', 'string', optional, computed),
  field(
    2,
    message(
      field(1, 'ports'),
      field(
        10,
        message(field(1, message(field(1, 'port'), field(2, '"number"'), numberField(4, 1))), numberField(3, 3)),
      ),
      numberField(5, 1),
    ),
  ),
  field(3, message(field(1, 'rule'), field(2, rule), numberField(3, 3))),
)
const configuration = message(
  attribute('region', 'string', required),
  field(3, message(field(1, 'assume_role'), field(2, attribute('role_arn', 'string', optional)), numberField(3, 2))),
)
const schemaOf = (version: number, block: Uint8Array): Uint8Array => message(numberField(1, version), field(2, block))
const mapEntry = (key: string, value: Uint8Array): Uint8Array => message(field(1, key), field(2, value))
const diagnostic = (severity: number, summary: string, detail = ''): Uint8Array =>
  message(numberField(1, severity), field(2, summary), field(3, detail))
const dynamic = (value: unknown): Uint8Array => field(1, encode(value))
const identitySchema = message(numberField(1, 1), field(2, message(field(1, 'name'), field(2, '"string"'))))

type Answer = (bytes: Uint8Array | null, code?: number, text?: string) => void
type State = { readonly [name: string]: unknown }
let inFlight = 0

const say = (value: unknown, ...rest: Uint8Array[]): Uint8Array => message(field(1, dynamic(value)), ...rest)

/** What a read is answered by; null: nothing, ever. */
const acts: Readonly<Record<string, (state: State, text: string) => Uint8Array | null>> = {
  null: () => say(null),
  absent: () => message(),
  empty: () => field(1, message()),
  null_error: () => say(null, field(2, diagnostic(1, 'Missing Resource Identity After Read'))),
  error: (_state, text) => say(null, field(2, diagnostic(1, 'reading Thing', text))),
  warning: (state, text) => say(state, field(2, diagnostic(2, 'Resource deleted', text))),
  deferred: (state) => say(state, field(4, numberField(1, 1))),
  unknown: (state) => say({ ...state, seen: new ExtData(12, new Uint8Array([0])) }),
  mistyped: (state) => say({ ...state, seen: 7 }),
  rubbish: () => Buffer.from([0xff]),
  hang: () => null,
  crash: () => panic(),
  crash_once(state) {
    if (shall(`crashed-${state.name}`)) return say(state)
    writeFileSync(`${folder}/crashed-${state.name}`, '')
    return panic()
  },
}

function panic(): never {
  process.stderr.write('panic: hunter2\n\ngoroutine 1 [running]:\nexample.test/provider.(*Thing).Read(0x1)\n')
  process.exit(2)
}

/** The private data and the identity that came with a read, as the id. */
function echo(request: readonly WireField[], state: State): Uint8Array {
  const identity = inside(request, 6, 1, 1)
  const sent = { private: textOf(request, 3), identity: identity === null ? null : decode(identity) }
  return say({ ...state, id: JSON.stringify(sent) }, field(5, field(1, dynamic({ name: state.name }))))
}

/** A field of a message in a field of a message. */
const inside = (fields: readonly WireField[], ...[first = 0, ...rest]: number[]): Uint8Array | null => {
  const bytes = fieldOf(fields, first)
  return bytes === null || rest.length === 0 ? bytes : inside(fieldsOf(bytes), ...rest)
}

function read(request: Uint8Array, answer: Answer): void {
  const fields = fieldsOf(request)
  const state = decode(inside(fields, 2, 1) ?? message()) as State
  const [act = '', text = ''] = String(state.do ?? '').split(/:(.*)/s)
  log(`read ${state.name}`)
  if (act === 'echo') answer(echo(fields, state))
  else if (act === 'status') answer(null, status.UNKNOWN, text)
  else if (acts[act] === undefined) {
    inFlight++
    const seen = String(inFlight)
    setTimeout(() => {
      inFlight--
      answer(say({ ...state, id: seen }))
    }, 5)
  } else {
    const bytes = acts[act](state, text)
    if (bytes !== null) answer(bytes)
  }
}

const calls: Record<string, (request: Uint8Array, answer: Answer) => void> = {
  GetProviderSchema(_request, answer) {
    log('schema')
    if (shall('die_at_schema')) {
      rmSync(`${folder}/die_at_schema`)
      panic()
    }
    answer(
      message(
        field(1, schemaOf(0, configuration)),
        field(2, mapEntry('test_thing', schemaOf(3, thing))),
        field(6, numberField(2, 1)),
      ),
    )
  },
  GetResourceIdentitySchemas: (_request, answer) => answer(field(1, mapEntry('test_thing', identitySchema))),
  ValidateProviderConfig: (_request, answer) =>
    answer(shall('refuse') ? field(2, diagnostic(1, 'Invalid region', 'eu-hunter2 is none')) : message()),
  ConfigureProvider(request, answer) {
    const given = fieldOf(fieldsOf(fieldOf(fieldsOf(request), 2) ?? message()), 1) ?? message()
    log(`configure ${JSON.stringify(decode(given))}`)
    if (shall('hang')) return
    if (shall('die')) panic()
    answer(shall('deny') ? field(1, diagnostic(1, 'no valid credential sources found')) : message())
  },
  UpgradeResourceState(request, answer) {
    const fields = fieldsOf(request)
    const json = JSON.parse(textOf(fieldsOf(fieldOf(fields, 3) ?? message()), 1))
    log(`upgrade ${json.name} from ${numberOf(fields, 2)}`)
    const state = Object.fromEntries([...names.map((name) => [name, json[name] ?? null]), ['rule', json.rule ?? []]])
    answer(field(1, dynamic(state)))
  },
  UpgradeResourceIdentity(request, answer) {
    const { old } = JSON.parse(textOf(fieldsOf(fieldOf(fieldsOf(request), 3) ?? message()), 1))
    answer(field(1, field(1, dynamic({ name: old }))))
  },
  ReadResource: read,
}

const bytes = {
  requestSerialize: Buffer.from,
  responseSerialize: Buffer.from,
  requestDeserialize: (b: Buffer) => b,
  responseDeserialize: (b: Buffer) => b,
}
const service = (name: string, methods: readonly string[]): ServiceDefinition =>
  Object.fromEntries(
    methods.map((method) => [
      method,
      { path: `/${name}/${method}`, requestStream: false, responseStream: false, ...bytes },
    ]),
  )

const server = new Server()
const implementation: UntypedServiceImplementation = Object.fromEntries(
  Object.entries(calls).map(([name, call]) => [
    name,
    (asked: { request: Buffer }, callback: (error: object | null, value?: Uint8Array) => void) =>
      call(asked.request, (value, code, details) =>
        value === null ? callback({ code, details }) : callback(null, value),
      ),
  ]),
)
server.addService(service('tfplugin6.Provider', Object.keys(calls)), implementation)
server.addService(service('plugin.GRPCController', ['Shutdown']), {
  Shutdown() {
    log('shutdown')
    if (!shall('stubborn')) process.exit(0)
  },
})
const socket = `${process.env.PLUGIN_UNIX_SOCKET_DIR}/plugin`
log(`start ${process.pid} in ${process.cwd()}`)
server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), () =>
  process.stdout.write(`1|6|unix|${socket}|grpc|\n`),
)
