import { computed, signal } from '@preact/signals'
import { keepChoice, readKept } from '../client/kept.ts'

/** Now, in steps of five seconds: what says how long ago something was reads it. */
export const nowMs = signal(Date.now())
setInterval(() => {
  nowMs.value = Date.now()
}, 5000)

const zoneName = 'vaino-zone'
type Zone = 'local' | 'utc'

/** The zone in which times are shown; addresses have UTC. */
export const zone = signal<Zone>(readKept(zoneName) === 'utc' ? 'utc' : 'local')
export function chooseZone(chosen: Zone): void {
  keepChoice(zoneName, chosen)
  zone.value = chosen
}

const timeOfDay = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const moment = { year: 'numeric', month: '2-digit', day: '2-digit', ...timeOfDay } as const
// Swedish is written as ISO 8601 is.
const formats = computed(() => {
  const timeZone = zone.value === 'utc' ? { timeZone: 'UTC' } : {}
  return {
    moment: new Intl.DateTimeFormat('sv-SE', { ...moment, ...timeZone }),
    clock: new Intl.DateTimeFormat('sv-SE', { ...timeOfDay, ...timeZone }),
  }
})

const offsetOf = (date: Date): string => {
  if (zone.value === 'utc') return 'UTC'
  const minutes = -date.getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}

/** `2026-11-29 21:57:03 UTC+1` */
export function momentText(time: string | number): string {
  const date = new Date(time)
  return `${formats.value.moment.format(date)} ${offsetOf(date)}`
}

/** `21:57:03` */
export const clockText = (time: string | number): string => formats.value.clock.format(new Date(time))
