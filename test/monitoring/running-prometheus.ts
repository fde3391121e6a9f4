import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { startProgram } from '../../cli/test-cli.ts'
import { needs } from '../lanes.ts'
import { rulesFile } from './rules-file.ts'

/** A minute of the rules in the time of a test. */
const minuteMs = 300
const alertsSchema = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
})

export interface RunningPrometheus extends AsyncDisposable {
  /** Resolves when exactly these alerts fire. @throws after a minute, with those that do */
  untilFiring(...alerts: string[]): Promise<void>
}

/** The rules with every duration of minutes and hours two hundred times shorter. */
const hastened = (): string =>
  readFileSync(rulesFile, 'utf8').replace(/\b(\d+)([mh])\b/g, (_, count: string, unit: string) => {
    const minutes = Number(count) * (unit === 'h' ? 60 : 1)
    return `${minutes * minuteMs}ms`
  })

/** A real Prometheus with the rules, that scrapes one vaino. @param target its `host:port` */
export async function startPrometheus(target: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-prometheus-'))
  const often = { scrape_interval: '250ms', scrape_timeout: '250ms' }
  const config = {
    global: { ...often, evaluation_interval: '250ms' },
    rule_files: [path.join(folder, 'rules.yml')],
    scrape_configs: [{ job_name: 'vaino', static_configs: [{ targets: [target] }] }],
  }
  writeFileSync(path.join(folder, 'rules.yml'), hastened())
  writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config))
  const flags = [`--storage.tsdb.path=${folder}/data`, '--web.listen-address=127.0.0.1:0']
  const running = startProgram([
    needs.prometheus.found ?? '',
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    ...flags,
  ])
  const [, address = ''] = await running.until(/msg="Listening on" address=(\S+)/)
  await running.until(/Server is ready to receive web requests/)
  const firing = async (): Promise<string[]> => {
    const answer = await fetch(`http://${address}/api/v1/alerts`)
    const { alerts } = alertsSchema.parse(await answer.json()).data
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname ?? '')
  }
  return {
    async untilFiring(...alerts) {
      const deadline = performance.now() + 60_000
      for (;;) {
        const found = (await firing()).toSorted()
        if (JSON.stringify(found) === JSON.stringify(alerts.toSorted())) return
        if (performance.now() > deadline)
          throw new Error(`${found.join(', ') || 'nothing'} fires, not ${alerts.join(', ') || 'nothing'}`)
        await sleep(100)
      }
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
