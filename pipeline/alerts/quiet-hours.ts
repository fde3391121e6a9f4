/** Hours of each day, by the clocks of a time zone: `22:00` to `07:00`. */
export interface QuietHours {
  readonly from: string
  readonly to: string
  readonly zone: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** **Whether a time lies in quiet hours.** The end is outside. Where clocks are set back, an hour that comes twice is quiet twice. */
export function isQuiet({ from, to, zone }: QuietHours, timeMs: number): boolean {
  const now = timeOfDay(zone, timeMs)
  return from < to ? from <= now && now < to : from <= now || now < to
}

/** `07:30` by the clocks of a zone. */
function timeOfDay(zone: string, timeMs: number): string {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    formats.set(zone, format)
  }
  return format.format(timeMs)
}
