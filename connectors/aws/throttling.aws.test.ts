import { expect, test } from 'bun:test'
import { Budgets } from '../../pipeline/sources/budget.ts'
import { systemClock } from '../../pipeline/sources/clock.ts'
import { type Interference, queueService, refuse } from '../../test/aws/queue-service.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'

const names = Array.from({ length: 24 }, (_, n) => `q${n}`)

/** A token bucket of `perSecond` tokens, filled at that rate: a call without a token is throttled. */
function limited(perSecond: number): Interference {
  let tokens = perSecond
  let at = performance.now()
  return (_, answer) => {
    const now = performance.now()
    tokens = Math.min(perSecond, tokens + ((now - at) / 1000) * perSecond)
    at = now
    if (tokens < 1) return refuse(answer, 400, 'ThrottlingException', 'Rate exceeded')
    tokens--
    return false
  }
}

function everyThird(): Interference {
  let calls = 0
  return (_, answer) => ++calls % 3 === 0 && refuse(answer, 400, 'ThrottlingException', 'Rate exceeded')
}

test.each([
  ['AWS lets 20 calls a second through', limited(20)],
  ['AWS refuses every third call', everyThird()],
])('no call is lost where %s', async (_what, interfere) => {
  await using service = await queueService(names, interfere)
  process.env.AWS_ENDPOINT_URL = service.url
  const budgets = new Budgets(systemClock)
  const options = { regions: ['eu-west-1'], types: { include: ['aws_sqs_queue'] } }
  const source = openSource(aws, '', options, { budget: (name, limits) => budgets.of(name, limits) })
  const sink = recordingSink()
  await scanAll(source, sink)
  const [scan] = sink.scans
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(scan?.resources.map(({ id }) => id).sort()).toEqual([...service.ids].sort())
  // 12 pages and two calls a queue, and those that were refused.
  expect(service.calls.length).toBeGreaterThan(12 + 2 * names.length)
})
