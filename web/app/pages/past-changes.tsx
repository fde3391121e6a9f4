import { useAnswer } from '../client/answer.ts'
import type { ChangePage } from '../client/types.ts'
import { Empty, Shown } from '../parts/panel.tsx'
import { Moment } from '../parts/time.tsx'
import { linkWith, place } from '../shell/router.ts'
import { rowOf } from '../stream/row.ts'
import { LineView } from './change-line-view.tsx'
import { type Grouping, linesOf } from './change-lines.ts'

/** Changes up to a moment, newest first, page by page; what is grouped is grouped within its page. @param query the filters */
export function PastChanges({ at, query, grouping }: { at: string; query: string; grouping: Grouping | null }) {
  const page = place.value.query.get('page')
  const asked = new URLSearchParams({ order: 'desc', to: at, documents: 'false', limit: '100' })
  if (page !== null) asked.set('page', page)
  const answer = useAnswer<ChangePage>(`v1/changes?${asked}${query === '' ? '' : `&${query}`}`)
  return (
    <Shown of={answer} what="the changes before that moment">
      {({ changes, page: next = null, kept_since }) => (
        <>
          <div class="live-list past-list">
            {changes.length === 0 && next === null ? (
              <Empty title="No change before that moment passes." />
            ) : (
              linesOf(
                changes.flatMap((change) => (change.op === 'a' ? [] : [rowOf(change)])),
                grouping,
              ).map((line) => <LineView key={line.id} line={line} isNew={false} />)
            )}
          </div>
          <p class="pager">
            {page === null ? null : <a href={linkWith({ page: null })}>Newest</a>}
            {next === null ? (
              <span class="soft">
                {kept_since == null ? (
                  'That is all.'
                ) : (
                  <>
                    History is kept since <Moment time={kept_since} />.
                  </>
                )}
              </span>
            ) : (
              <a href={linkWith({ page: next })}>Older</a>
            )}
          </p>
        </>
      )}
    </Shown>
  )
}
