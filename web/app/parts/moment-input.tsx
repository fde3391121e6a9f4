import { zone } from '../shell/clock.ts'

/** What a `datetime-local` says, in the chosen zone. Null: not a moment. */
function momentIn(text: string): string | null {
  const moment = new Date(zone.value === 'utc' ? `${text}Z` : text)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}

/** An instant as a `datetime-local` takes it, in the chosen zone; empty for what is none. */
function textIn(time: string | null): string {
  const moment = new Date(time ?? '')
  if (Number.isNaN(moment.getTime())) return ''
  const shiftMs = zone.value === 'utc' ? 0 : moment.getTimezoneOffset() * 60_000
  return new Date(moment.getTime() - shiftMs).toISOString().slice(0, 19)
}

/** Asks for a moment, in the zone that the reader has chosen; hands it on in UTC as soon as all of it is there. */
export const MomentInput = ({
  label,
  time,
  onChoose,
}: {
  label: string
  /** RFC 3339; null: none is chosen. */
  time: string | null
  onChoose: (time: string) => void
}) => (
  <label class="filter">
    <span>
      {label} ({zone.value === 'utc' ? 'UTC' : 'local time'})
    </span>
    <input
      type="datetime-local"
      step="1"
      value={textIn(time)}
      onInput={({ currentTarget: { value } }) => {
        const moment = value === '' ? null : momentIn(value)
        if (moment !== null) onChoose(moment)
      }}
    />
  </label>
)
