import { momentText, nowMs } from '../shell/clock.ts'
import { agoText } from './time-text.ts'

/** How long ago something was; the moment itself where the pointer rests. */
export function Ago({ time, never = 'never' }: { time: string | null; never?: string }) {
  if (time === null) return <span class="ago">{never}</span>
  return (
    <time class="ago" dateTime={time} title={momentText(time)}>
      {agoText(time, nowMs.value)}
    </time>
  )
}

/** The moment, in the chosen zone. */
export const Moment = ({ time }: { time: string }) => (
  <time class="moment" dateTime={time} title={time}>
    {momentText(time)}
  </time>
)
