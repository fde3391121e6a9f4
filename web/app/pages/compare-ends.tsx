import { useAnswer } from '../client/answer.ts'
import type { Baselines } from '../client/types.ts'
import { Command } from '../parts/copy.tsx'
import { MomentInput } from '../parts/moment-input.tsx'
import { Panel, Shown } from '../parts/panel.tsx'
import { Ago, Moment } from '../parts/time.tsx'
import { momentText } from '../shell/clock.ts'
import { go, linkWith, place } from '../shell/router.ts'

type Baseline = Baselines['baselines'][number]

const spans = [
  ['1h', 'an hour ago'],
  ['24h', 'a day ago'],
  ['7d', 'a week ago'],
] as const

const isMoment = (text: string): boolean => !Number.isNaN(Date.parse(text))

/** One end of the comparison: a while ago, a baseline, or a moment. */
function End({
  name,
  label,
  chosen,
  isNow,
  baselines,
}: {
  name: 'from' | 'to'
  label: string
  chosen: string
  /** Whether it can be now. */
  isNow: boolean
  baselines: readonly Baseline[]
}) {
  const options = [
    ...(isNow ? [['', 'now'] as const] : []),
    ...spans,
    ...baselines.map(({ name: named, cursor }) => [cursor, `baseline ${named}`] as const),
  ]
  const isOther = !options.some(([value]) => value === chosen)
  const choose = (value: string, replaces: boolean) =>
    go(linkWith({ [name]: value === '' ? null : value, ...(name === 'to' ? { at: null } : {}) }), { replaces })
  return (
    <>
      <label class="filter">
        <span>{label}</span>
        <select value={chosen} onChange={(event) => choose(event.currentTarget.value, false)}>
          {options.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
          {isOther ? <option value={chosen}>{isMoment(chosen) ? momentText(chosen) : chosen}</option> : null}
        </select>
      </label>
      <MomentInput
        label={`or ${name} a moment`}
        time={isMoment(chosen) ? chosen : null}
        onChoose={(time) => choose(time, isOther)}
      />
    </>
  )
}

/** Positions that have a name, each to be compared with now or to be an end. */
function BaselineList({ baselines }: { baselines: readonly Baseline[] }) {
  if (baselines.length === 0)
    return (
      <>
        <p class="soft">None is kept. One keeps a moment with its history under a name:</p>
        <Command label="Keep this moment" line="vaino baseline save before-migration" />
      </>
    )
  return (
    <ul class="lines">
      {baselines.map(({ name, cursor, at, created_at, expired }) => (
        <li key={name} class="baseline">
          <strong>{name}</strong>
          <span class="soft">
            {at === null ? (
              <>
                saved <Ago time={created_at} />
              </>
            ) : (
              <Moment time={at} />
            )}
          </span>
          {expired ? (
            <span class="soft">its history is gone</span>
          ) : (
            <>
              <a href={linkWith({ from: cursor, to: null, at: null })}>
                to now<span class="hidden-text"> from {name}</span>
              </a>
              <a href={linkWith({ from: cursor })}>
                from it<span class="hidden-text">: {name}</span>
              </a>
              <a href={linkWith({ to: cursor, at: null })}>
                up to it<span class="hidden-text">: {name}</span>
              </a>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Between what is compared, and the baselines that there are. */
export function Ends() {
  const answer = useAnswer<Baselines>('v1/baselines')
  const { query } = place.value
  const kept = answer.data?.baselines.filter(({ expired }) => !expired) ?? []
  return (
    <>
      <search class="filters" aria-label="What to compare">
        <End name="from" label="From" chosen={query.get('from') ?? '24h'} isNow={false} baselines={kept} />
        <End name="to" label="To" chosen={query.get('to') ?? query.get('at') ?? ''} isNow baselines={kept} />
      </search>
      <Panel id="baselines" title="Baselines">
        <Shown of={answer} what="the baselines">
          {({ baselines }) => <BaselineList baselines={baselines} />}
        </Shown>
      </Panel>
    </>
  )
}
