import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call as the stand-in sees it. */
export interface QueueCall {
  /** `ListQueues`, `GetQueueAttributes`, `ListQueueTags`, `GetCallerIdentity`. */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** The key and the region that signed it. */
  readonly signedBy: string
}

/** Answers a call in the place of the service; false: the service answers itself. */
export type Interference = (call: QueueCall, answer: ServerResponse) => boolean

export interface QueueService extends AsyncDisposable {
  readonly url: string
  /** Their addresses, which are their ids. */
  readonly ids: readonly string[]
  readonly calls: QueueCall[]
}

export const account = '111122223333'

/** An error as the JSON protocol of AWS has it. */
export function refuse(answer: ServerResponse, status: number, code: string, message: string, headers = {}): true {
  answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code, ...headers })
  answer.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }))
  return true
}

/**
 * A stand-in for SQS, and for the one call of STS that says who asks, after AWS's published shapes. It answers a list in pages of two, and
 * fails as it is told: what a real service does now and then, and moto never.
 */
export async function queueService(
  names: readonly string[],
  interfere: Interference = () => false,
): Promise<QueueService> {
  const calls: QueueCall[] = []
  const ids = names.map((name) => `https://sqs.eu-west-1.amazonaws.com/${account}/${name}`)
  const server = createServer((request, answer) => void serve(request, answer))
  async function serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts).toString()
    const target = request.headers['x-amz-target']
    if (typeof target !== 'string') return identify(answer)
    const [, key = '', region = ''] =
      /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    const call = {
      signedBy: `${key} ${region}`,
      operation: target.slice(target.lastIndexOf('.') + 1),
      input: JSON.parse(body),
    }
    calls.push(call)
    if (interfere(call, answer)) return
    answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
    answer.end(JSON.stringify(outputOf(call, ids)))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ids,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function identify(answer: ServerResponse): void {
  answer.writeHead(200, { 'content-type': 'text/xml' })
  answer.end(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/vaino</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  )
}

function outputOf({ operation, input }: QueueCall, ids: readonly string[]): object {
  const url = String(input.QueueUrl)
  switch (operation) {
    case 'ListQueues': {
      const from = Number(input.NextToken ?? 0)
      const page = ids.slice(from, from + 2)
      const more = from + 2 < ids.length ? { NextToken: String(from + 2) } : {}
      return page.length === 0 ? more : { QueueUrls: page, ...more }
    }
    case 'GetQueueAttributes':
      return {
        Attributes: { QueueArn: `arn:aws:sqs:eu-west-1:${account}:${url.split('/').at(-1)}`, VisibilityTimeout: '30' },
      }
    case 'ListQueueTags':
      return { Tags: { team: 'web' } }
    default:
      return {}
  }
}
