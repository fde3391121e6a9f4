import { z } from 'zod'
import { CallFailure } from '../../calls/call-failure.ts'
import type { Session } from '../session/session.ts'

const maxPages = 1000

const page = z.looseObject({
  resourceCounts: z.array(z.looseObject({ resourceType: z.string() })).nullish(),
  nextToken: z.string().nullish(),
})

/** The types of which AWS Config has discovered a resource in a region. @throws CallFailure */
export async function discoveredTypes(session: Session, region: string, signal: AbortSignal): Promise<string[]> {
  const types = new Set<string>()
  let more = {}
  for (let count = 0; count < maxPages; count++) {
    const asked = { limit: 100, ...more }
    const answer = page.safeParse(await session.call('config', region, 'GetDiscoveredResourceCounts', asked, signal))
    if (!answer.success) throw unusable('the answer holds no counts')
    for (const { resourceType } of answer.data.resourceCounts ?? []) types.add(resourceType)
    const { nextToken } = answer.data
    if (nextToken == null || nextToken === '') return [...types].sort()
    more = { nextToken }
  }
  throw unusable(`it has more than ${maxPages} pages`)
}

const unusable = (what: string): CallFailure =>
  new CallFailure('config:GetDiscoveredResourceCounts', what, 'passing', '', null)
