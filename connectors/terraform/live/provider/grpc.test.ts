import { expect, setDefaultTimeout, test } from 'bun:test'
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import { CallError, callCodes, connectTo } from './grpc.ts'
import { until } from './test-processes.ts'
import { MalformedMessage } from './wire.ts'

setDefaultTimeout(60_000)
const never = new AbortController().signal
const of = (text: string): Uint8Array => Buffer.from(text)

type Answer = (error: { code: number; details: string } | null, value?: Uint8Array) => void
type Handler = (request: Uint8Array, answer: Answer) => void

/** gRPC's own server on a unix socket, with these calls. */
async function serve(folder: string, handlers: Readonly<Record<string, Handler>>) {
  const bytes = {
    requestSerialize: Buffer.from,
    responseSerialize: Buffer.from,
    requestDeserialize: (b: Buffer) => b,
    responseDeserialize: (b: Buffer) => b,
  }
  const service: ServiceDefinition = Object.fromEntries(
    Object.keys(handlers).map((name) => [
      name,
      { path: `/test/${name}`, requestStream: false, responseStream: false, ...bytes },
    ]),
  )
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (call: { request: Buffer }, answer: Answer) => handler(call.request, answer),
    ]),
  )
  const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }
  const server = new Server(unlimited)
  server.addService(service, implementation)
  const socket = `${folder}/socket`
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  )
  const connection = await connectTo(socket)
  return {
    call: (name: string, request: Uint8Array = of(''), timeoutMs = 30_000, signal = never) =>
      connection.call(`/test/${name}`, request, timeoutMs, signal),
    connection,
    stop: () => server.forceShutdown(),
    async [Symbol.asyncDispose]() {
      connection.close()
      server.forceShutdown()
    },
  }
}

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  )

test('calls are answered by their own answers, however many and however large', async () => {
  await using folder = await temporaryFolder()
  await using server = await serve(folder.path, { Echo: (request, answer) => answer(null, request) })
  const texts = Array.from({ length: 200 }, (_, at) => `${at} `.repeat(at * 10))
  const answers = await Promise.all(texts.map((text) => server.call('Echo', of(text))))
  expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(texts)
  const large = Buffer.alloc(20 * 2 ** 20, 'vaino')
  expect(Buffer.compare(await server.call('Echo', large), large)).toBe(0)
})

test('an error comes with its code and its words, and the connection serves on', async () => {
  await using folder = await temporaryFolder()
  await using server = await serve(folder.path, {
    Echo: (request, answer) => answer(null, request),
    Fail: (_request, answer) => answer({ code: 13, details: 'no 100% of it: höher\nand on' }),
  })
  expect(await failure(server.call('Fail'))).toMatchObject({
    ...{ code: callCodes.internal, isLost: false },
    message: 'no 100% of it: höher\nand on',
  })
  expect(await failure(server.call('Missing'))).toMatchObject({ code: callCodes.unimplemented, isLost: false })
  expect(Buffer.from(await server.call('Echo', of('still'))).toString()).toBe('still')
})

test('a call is given up at its deadline and when it is aborted, on both sides, and the others go on', async () => {
  await using folder = await temporaryFolder()
  let open = 0
  await using server = await serve(folder.path, {
    Echo: (request, answer) => answer(null, request),
    Never: () => void open++,
  })
  const given = new AbortController()
  const calls = [server.call('Never', of(''), 300), server.call('Never', of(''), 60_000, given.signal)].map(failure)
  await until(() => open === 2)
  given.abort(new Error('no more'))
  expect(await calls[1]).toMatchObject({ message: 'no more' })
  expect(await calls[0]).toMatchObject({ code: callCodes.deadline, isLost: false })
  expect(await failure(server.call('Echo', of(''), 1000, given.signal))).toMatchObject({ message: 'no more' })
  expect(Buffer.from(await server.call('Echo', of('on'))).toString()).toBe('on')
})

test('an answer beyond the bound is not taken', async () => {
  await using folder = await temporaryFolder()
  await using server = await serve(folder.path, {
    Large: (_request, answer) => answer(null, Buffer.alloc(64 * 2 ** 20 + 1)),
  })
  expect(await failure(server.call('Large'))).toMatchObject({ code: callCodes.exhausted })
})

test('a connection that is gone ends its calls, and is told from an error', async () => {
  await using folder = await temporaryFolder()
  let open = 0
  await using server = await serve(folder.path, { Never: () => void open++ })
  const calls = [server.call('Never'), server.call('Never')].map(failure)
  await until(() => open === 2)
  server.stop()
  for (const error of [...(await Promise.all(calls)), await failure(server.call('Never'))])
    expect(error).toMatchObject({ code: callCodes.unavailable, isLost: true })
  expect(await failure(connectTo(`${folder.path}/none`))).toBeInstanceOf(CallError)
})

test('what is no gRPC is an error of its own kind', async () => {
  await using folder = await temporaryFolder()
  const server = http2.createServer()
  const trailers = { 'grpc-status': '0' }
  const bodies: Readonly<Record<string, Uint8Array>> = {
    '/nothing': of(''),
    '/compressed': Buffer.from([1, 0, 0, 0, 1, 7]),
    '/cut': Buffer.from([0, 0, 0, 0, 2, 7]),
    '/two': Buffer.from([0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 1, 7]),
  }
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const path = String(headers[':path'])
    stream.on('error', () => {})
    if (path === '/http') return stream.respond({ ':status': 404 }, { endStream: true })
    if (path === '/none') {
      stream.respond({ ':status': 200 })
      return stream.end()
    }
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    return stream.end(bodies[path])
  })
  await new Promise<void>((resolve) => server.listen(`${folder.path}/socket`, resolve))
  const connection = await connectTo(`${folder.path}/socket`)
  try {
    for (const path of Object.keys(bodies))
      expect([path, await failure(connection.call(path, of(''), 10_000, never))]).toEqual([
        path,
        expect.any(MalformedMessage),
      ])
    expect(await failure(connection.call('/http', of(''), 10_000, never))).toMatchObject({
      ...{ code: callCodes.unknown, message: 'answered with the HTTP status 404' },
    })
    expect(await failure(connection.call('/none', of(''), 10_000, never))).toMatchObject({
      ...{ code: callCodes.internal, isLost: false },
    })
  } finally {
    connection.close()
    server.close()
  }
})
