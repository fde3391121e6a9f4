import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { type RunningProgram, runProgram } from './run-program.ts'

const launcher = fileURLToPath(new URL('../../vaino', import.meta.url))

export interface VainoJob {
  readonly prefix: string
  readonly roles: readonly ('collector' | 'processor' | 'api')[]
  /** Where its configuration and its data lie. */
  readonly folder: string
}

export const dataFolder = ({ folder }: VainoJob): string => path.join(folder, 'data')

/** A vaino as a user starts it, with what it takes by itself. */
export function runVaino(settings: KafkaSettings, job: VainoJob): RunningProgram {
  const { prefix, roles, folder } = job
  const config = {
    data_dir: dataFolder(job),
    listen: '127.0.0.1:0',
    sources: [],
    log_level: 'warn',
    kafka: { topic_prefix: prefix, redaction_key: 'a key of the benchmark only' },
  }
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'vaino.yaml')
  writeFileSync(file, JSON.stringify(config))
  const flags = ['--transport', 'kafka', '--brokers', settings.brokers.join(','), '--roles', roles.join(',')]
  return runProgram(launcher, ['up', '--config', file, ...flags])
}

export const listeningOn = /^vaino: listening on (\S+)$/m
