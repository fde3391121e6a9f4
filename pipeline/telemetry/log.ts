import { pino } from 'pino'
import type { Level } from './event-table.ts'

/** Where log lines go: JSON for machines, one readable line each for people, or nowhere. */
export type LogFormat = 'json' | 'text' | 'none'

/** Takes whole lines, each with its line feed; throws when it can't. */
export interface LogDestination {
  write(line: string): void
}

export interface LogOptions {
  readonly format: LogFormat
  readonly level: Level | 'silent'
  readonly destination: LogDestination
}

export interface Log {
  isEnabled(level: Level): boolean
  /** @throws what the destination throws */
  write(level: Level, event: string, fields: Readonly<Record<string, unknown>>, message: string): void
}

const jsonLog = (options: LogOptions): Log => {
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    options.destination,
  )
  return {
    isEnabled: (level) => logger.isLevelEnabled(level),
    write: (level, event, fields, message) => logger[level]({ event, ...fields }, message),
  }
}

const order: Readonly<Record<Level | 'silent', number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, silent: 5 }

/** Control characters from a source's name or an error must not move a person's cursor. */
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ')

const textLog = (options: LogOptions): Log => ({
  isEnabled: (level) => order[level] >= order[options.level],
  write(level, _event, _fields, message) {
    const time = new Date().toISOString().slice(11, 19)
    options.destination.write(`${time} ${level.padEnd(5)} ${printable(message)}\n`)
  },
})

export function createLog(options: LogOptions): Log {
  if (options.format === 'none') return { isEnabled: () => false, write: () => undefined }
  return options.format === 'json' ? jsonLog(options) : textLog(options)
}
