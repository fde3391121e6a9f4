import type { Activity } from '../client/types.ts'
import { momentText } from '../shell/clock.ts'
import { place } from '../shell/router.ts'
import { counted, grouped } from './value.ts'

const width = 960
const height = 96
const ops = [
  ['c', 'created', 'good'],
  ['u', 'changed', 'warn'],
  ['d', 'deleted', 'bad'],
] as const

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

/** Changes over time, stacked by what they did. The numbers stand beside it as text. */
export function ActivityChart({ activity: { from, step_s, series } }: { activity: Activity }) {
  const byOp = ops.map(([op, word, tone]) => {
    const found = series.filter((one) => one.op === op)
    const steps = Math.max(0, ...series.map(({ counts }) => counts.length))
    return {
      op,
      word,
      tone,
      counts: Array.from({ length: steps }, (_, at) => sum(found.map(({ counts }) => counts[at] ?? 0))),
    }
  })
  const steps = byOp[0]?.counts.length ?? 0
  const totals = Array.from({ length: steps }, (_, at) => sum(byOp.map(({ counts }) => counts[at] ?? 0)))
  const top = Math.max(1, ...totals)
  const bar = width / Math.max(1, steps)
  const heightOf = (count: number) => (count / top) * height
  return (
    <figure class="activity">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {totals.map((total, at) => {
          let y = height
          const moment = momentText(Date.parse(from) + at * step_s * 1000)
          return total === 0 ? null : (
            <g key={moment}>
              <title>{`${moment}: ${counted(total, 'change')}`}</title>
              {byOp.map(({ op, tone, counts }) => {
                const size = heightOf(counts[at] ?? 0)
                y -= size
                return size === 0 ? null : (
                  <rect
                    key={op}
                    class={`fill-${tone}`}
                    x={at * bar + bar * 0.1}
                    y={y}
                    width={bar * 0.8}
                    height={Math.max(size, 1)}
                  />
                )
              })}
            </g>
          )
        })}
      </svg>
      <figcaption>
        {byOp.map(({ op, word, tone, counts }) => (
          <span key={op} class={`legend tone-${tone}`}>
            <b>{grouped(sum(counts))}</b> {word}
          </span>
        ))}
        <span class="soft activity-range">
          {momentText(from)} to {place.value.query.has('at') ? momentText(place.value.query.get('at') ?? '') : 'now'}
        </span>
      </figcaption>
    </figure>
  )
}
