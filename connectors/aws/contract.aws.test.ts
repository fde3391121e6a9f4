import type { ServerResponse } from 'node:http'
import { account, type Interference, queueService, refuse } from '../../test/aws/queue-service.ts'
import { openSource } from '../../test/sources/scan-all.ts'
import { type Arranged, contract, plantedSecret } from '../contract.case.ts'
import { aws } from './connector.ts'

const names = ['orders', 'mails', 'audit', 'dead', 'events']

async function queues(interfere?: Interference, options: Readonly<Record<string, unknown>> = {}): Promise<Arranged> {
  const service = await queueService(names, interfere)
  process.env.AWS_ENDPOINT_URL = service.url
  const reopen = () =>
    openSource(aws, '', { regions: ['eu-west-1'], types: { include: ['aws_sqs_queue'] }, ...options })
  return { source: reopen(), ids: service.ids, reopen, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

const isSecondPage = (input: Readonly<Record<string, unknown>>): boolean => input.NextToken !== undefined
const isOf = (input: Readonly<Record<string, unknown>>, name: string): boolean =>
  String(input.QueueUrl).endsWith(`/${name}`)

const denied = (answer: ServerResponse, action: string, more = ''): true =>
  refuse(
    answer,
    403,
    'AccessDeniedException',
    `User: arn:aws:iam::${account}:user/vaino is not authorized to perform: ${action}${more}`,
  )

contract({
  name: 'AWS',
  complete: () => queues(),
  pages: () => queues(),
  repeatedPage: () => {
    let isFirst = true
    return queues(({ operation, input }, answer) => {
      if (operation !== 'ListQueues' || !isSecondPage(input) || !isFirst) return false
      isFirst = false
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      const page = names.slice(0, 2).map((name) => `https://sqs.eu-west-1.amazonaws.com/${account}/${name}`)
      answer.end(JSON.stringify({ QueueUrls: page, NextToken: '2.' }))
      return true
    })
  },
  changedBetweenPages: () =>
    queues(
      ({ operation, input }, answer) =>
        operation === 'ListQueues' &&
        isSecondPage(input) &&
        refuse(answer, 400, 'InvalidParameterValue', 'The token has expired: the list has changed'),
    ),
  partialFailure: () =>
    queues(
      ({ operation, input }, answer) =>
        operation === 'GetQueueAttributes' && isOf(input, 'audit') && denied(answer, 'sqs:GetQueueAttributes'),
    ),
  denial: () => queues(({ operation }, answer) => operation === 'ListQueues' && denied(answer, 'sqs:ListQueues')),
  throttling: () =>
    queues((_, answer) => refuse(answer, 400, 'ThrottlingException', 'Rate exceeded', { 'retry-after': '7' })),
  garbage: () =>
    queues((_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>all is well</html>')
      return true
    }),
  silence: () => queues(() => true, { call_timeout: '100ms' }),
  cut: () =>
    queues((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': '5000' })
      answer.write('{"QueueUrls":[', () => answer.destroy())
      return true
    }),
  cancellation: () => queues(() => true),
  secrets: () =>
    queues(({ operation, input }, answer) => {
      if (operation === 'GetQueueAttributes' && isOf(input, 'dead'))
        return denied(answer, 'sqs:GetQueueAttributes', ` with password=${plantedSecret}`)
      if (operation !== 'ListQueueTags') return false
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      answer.end(JSON.stringify({ Tags: { db_password: plantedSecret } }))
      return true
    }),
  restart: () => queues(),
})
