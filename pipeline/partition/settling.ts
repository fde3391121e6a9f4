import type { SettledTimes } from '../../storage/settled-times.ts'
import { SteadyClock } from './steady-clock.ts'

/** How a reader of all partitions settles a time. A clock that jumps for a moment must not move the stamps of later changes. */
export function settling(times: SettledTimes, clock = new SteadyClock()): (timeMs: number) => number {
  return (timeMs) => times.settle(timeMs, clock.nowMs())
}
