/** `1 record`, `2 records` */
export const counted = (count: number, thing: string, things = `${thing}s`): string =>
  `${count} ${count === 1 ? thing : things}`

/** A moment as a table shows it: to the second, and still a time that `--at` takes. */
export const toSecond = (time: string): string => `${time.slice(0, 19)}Z`
