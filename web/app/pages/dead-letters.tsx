import { useAnswer } from '../client/answer.ts'
import type { DeadLetters } from '../client/types.ts'
import { NowNote } from '../parts/now-note.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { linkWith, place } from '../shell/router.ts'

/** Records that could not be used, each with its reason and how it began. */
export function DeadLettersPage() {
  const page = place.value.query.get('page')
  const answer = useAnswer<DeadLetters>(
    `v1/deadletters?limit=100${page === null ? '' : `&page=${encodeURIComponent(page)}`}`,
    { everyMs: 15_000 },
  )
  return (
    <>
      <header class="page-head">
        <h1>Dead letters</h1>
        <p class="soft">Records that could not be used. They stopped nothing.</p>
      </header>
      <NowNote what="The dead letters are those of" />
      <Shown of={answer} what="the dead letters">
        {({ deadletters, page: next }) =>
          deadletters.length === 0 ? (
            <Empty title="None.">Every record that came could be used.</Empty>
          ) : (
            <>
              <ul class="letters">
                {deadletters.map(({ at, reason, source, preview }, index) => (
                  <li key={index}>
                    <div class="letter-head">
                      <strong>{reason}</strong>
                      <span class="soft">{source}</span>
                      <Ago time={at} />
                    </div>
                    <pre>{preview}</pre>
                  </li>
                ))}
              </ul>
              {next === null ? null : <a href={linkWith({ page: next })}>Older</a>}
            </>
          )
        }
      </Shown>
    </>
  )
}
