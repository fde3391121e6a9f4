/** Whether a field is what vaino writes there. */
type Check = (value: unknown) => boolean

export const isText: Check = (value) => typeof value === 'string'
export const isFlag: Check = (value) => typeof value === 'boolean'
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
export const isOrdinal: Check = (value) => isCount(value) && value !== 0
/** Unix milliseconds, of before 1970 too: observations bring their own times. */
export const isMs: Check = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 8.64e15
export const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
export const isList: Check = (value) => Array.isArray(value)
export const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))
export const isChangeId: Check = (value) => typeof value === 'string' && /^\d+-[1-9]\d{0,14}$/.test(value)
export const isAnything: Check = (value) => value !== undefined
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
export const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

/** The offset in a change's id, which is one. */
export const offsetIn = (id: string): number => Number(id.slice(id.indexOf('-') + 1))

/** Says of an object whether it has all these fields; others don't matter. */
export function shape(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields)
  return (value) =>
    isObject(value) && checks.every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]))
}
