import { useAnswer } from '../client/answer.ts'
import type { DriftPage } from '../client/types.ts'
import { DriftBadge } from '../parts/badge.tsx'
import { Shown } from '../parts/panel.tsx'
import { scopeText } from '../parts/value.ts'
import { linkTo } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import { certaintyOf, isApplied } from './drift-text.ts'

const statuses = 'in_sync,changed,missing,unmanaged,unknown'

/** The other side of a resource: what its state wants, or what is really there, and whether they agree. */
export function Counterpart({ of: key }: { of: string }) {
  const answer = useAnswer<DriftPage>(
    `v1/drift?limit=5&status=${statuses}&include_suppressed=true&key=${encodeURIComponent(key)}`,
    { pulse },
  )
  return (
    <Shown of={answer} what="its counterpart">
      {({ drift }) =>
        drift.length === 0 ? (
          <p class="soft">No state has it, as far as vaino knows.</p>
        ) : (
          <ul class="counterparts">
            {drift.map((item) => {
              const wanted = `${item.state}/${item.address}`
              const other = wanted === key ? item.key : wanted
              return (
                <li key={item.id}>
                  <a href={linkTo('drift', { open: item.id, status: item.status })}>
                    <DriftBadge status={item.status} />
                  </a>
                  {item.status === 'unmanaged' ? (
                    <span class="soft">in no state</span>
                  ) : isApplied(item) ? (
                    <span class="soft">{certaintyOf(item)}</span>
                  ) : (
                    <a href={linkTo('resource', { key: other })}>
                      {other === wanted ? 'what is wanted' : 'what is there'}
                      <span class="soft"> {scopeText(other.slice(0, -item.address.length - 1))}</span>
                    </a>
                  )}
                </li>
              )
            })}
          </ul>
        )
      }
    </Shown>
  )
}
