import { firewall, instance } from '../../test/gcp/made.ts'
import type { Interference, Settings } from '../../test/gcp/question.ts'
import { project, refuse, startStandIn } from '../../test/gcp/stand-in.ts'
import { only, openGcp } from '../../test/gcp/watching.ts'
import { type Arranged, contract, plantedSecret } from '../contract.case.ts'

const names = ['web-1', 'web-2', 'web-3', 'mail-1', 'mail-2']

async function instances(interfere?: Interference, options: Readonly<Record<string, unknown>> = {}): Promise<Arranged> {
  const settings: Settings = { pageItems: 2, ...(interfere === undefined ? {} : { interfere }) }
  const standIn = await startStandIn(settings)
  const ids = names.map((name, at) => instance(standIn, name, at % 2 === 0 ? 'europe-west1-b' : 'europe-west1-c'))
  const reopen = () => openGcp(standIn, project, { ...only('google_compute_instance'), ...options })
  return { source: reopen(), ids, reopen, [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose]() }
}

/** A call of the list; the look at the project goes through. */
const isList = ({ method }: Parameters<Interference>[0]): boolean => method === 'compute.instances.aggregatedList'
const isSecondPage = (called: Parameters<Interference>[0]): boolean => isList(called) && called.query.has('pageToken')
const json = { 'content-type': 'application/json' }

contract({
  name: 'Google Cloud',
  complete: () => instances(),
  pages: () => instances(),
  repeatedPage: () => {
    let isFirst = true
    return instances((called) => {
      if (!isSecondPage(called) || !isFirst) return false
      isFirst = false
      called.query.set('pageToken', '0')
      return false
    })
  },
  changedBetweenPages: () =>
    instances(
      (called, answer) =>
        isSecondPage(called) && refuse(answer, 400, 'invalid', "Invalid value for field 'pageToken': it has expired"),
    ),
  partialFailure: async () => {
    const standIn = await startStandIn({ unreachable: ['zones/europe-west1-c'] })
    const ids = [instance(standIn, 'web-1'), instance(standIn, 'web-2', 'europe-west1-c')]
    const source = openGcp(standIn, project, only('google_compute_instance'))
    return { source, ids, [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose]() }
  },
  denial: () =>
    instances(
      (called, answer) =>
        isList(called) && refuse(answer, 403, 'forbidden', "Required 'compute.instances.list' permission"),
    ),
  throttling: () =>
    instances(
      (called, answer) =>
        isList(called) &&
        refuse(answer, 403, 'rateLimitExceeded', 'Rate Limit Exceeded', { headers: { 'retry-after': '7' } }),
    ),
  garbage: () =>
    instances((called, answer) => {
      if (!isList(called)) return false
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>all is well</html>')
      return true
    }),
  silence: () => instances(isList, { call_timeout: '100ms' }),
  cut: () =>
    instances((called, answer) => {
      if (!isList(called)) return false
      answer.writeHead(200, { ...json, 'content-length': '5000' })
      answer.write('{"items":{', () => answer.destroy())
      return true
    }),
  cancellation: () => instances(isList),
  secrets: async () => {
    const standIn = await startStandIn({
      interfere: (called, answer) =>
        called.method === 'compute.firewalls.list' &&
        refuse(answer, 403, 'forbidden', `denied with password=${plantedSecret}`),
    })
    const metadata = { items: [{ key: 'db_password', value: plantedSecret }] }
    const ids = [instance(standIn, 'web-1', 'europe-west1-b', { metadata }), firewall(standIn, 'ssh')]
    const source = openGcp(standIn, project, only('google_compute_instance', 'google_compute_firewall'))
    return { source, ids, [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose]() }
  },
  restart: () => instances(),
})
