import { z } from 'zod'
import { CallFailure } from '../../calls/call-failure.ts'
import { homeRegionOf } from './identity.ts'
import type { Session } from './session.ts'

/** An account of an organization. */
export interface Member {
  readonly id: string
  readonly name: string
  /** False: suspended, closed or not there yet, so that nothing in it can be read. */
  readonly isActive: boolean
}

/** Pages of 20; AWS's largest organizations have 10,000 accounts. */
const maxPages = 1000

const answer = z.looseObject({
  Accounts: z.array(
    z.looseObject({
      Id: z.string().regex(/^\d{12}$/),
      Name: z.string().optional(),
      // Of the two the newer, `State`, says more; AWS is about to leave `Status` out.
      ...{ State: z.string().optional(), Status: z.string().optional() },
    }),
  ),
  NextToken: z.string().nullish(),
})

/**
 * The accounts of the organization that a session's account manages, or that it may list for it.
 * @throws CallFailure
 */
export async function membersOf(session: Session, signal: AbortSignal): Promise<readonly Member[]> {
  const { partition } = await session.identity()
  const members: Member[] = []
  let more = {}
  for (let page = 0; page < maxPages; page++) {
    const read = answer.safeParse(
      await session.call('organizations', homeRegionOf(partition), 'ListAccounts', more, signal),
    )
    if (!read.success) throw unusable('the answer holds no accounts')
    const { Accounts, NextToken } = read.data
    members.push(
      ...Accounts.map(({ Id, Name = Id, State, Status }) => ({
        ...{ id: Id, name: Name },
        isActive: (State ?? Status) === 'ACTIVE',
      })),
    )
    if (NextToken == null || NextToken === '') return members
    more = { NextToken }
  }
  throw unusable(`it has more than ${maxPages} pages`)
}

const unusable = (what: string): CallFailure => new CallFailure('organizations:ListAccounts', what, 'passing', '', null)
