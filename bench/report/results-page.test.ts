import { expect, test } from 'bun:test'
import { resultsPage } from './results-page.ts'

const machine = {
  at: '2026-01-02 03:04',
  processor: 'EPYC',
  cores: 2,
  memoryGB: 24,
  system: 'Linux 6.1',
  runtime: 'Bun 1.4',
  revision: 'abc1234',
  loadBefore: 0.5,
}

test('figures stand below their benchmark, × says how many times better than the peer, and what failed is named', () => {
  const page = resultsPage(
    machine,
    [
      { name: 'latency', settings: ['seconds=5'], seconds: 9.6, failure: null },
      { name: 'storage', settings: [], seconds: 1, failure: 'it ended with 1' },
    ],
    [
      { bench: 'latency', what: 'p99', value: 20, unit: 'ms', better: 'lower', peer: { name: 'cron', value: 60_000 } },
      {
        bench: 'latency',
        what: 'rate',
        value: 1234.5,
        unit: 'obs/s',
        better: 'higher',
        spread: [1000, 1500],
        peakMB: 81.26,
      },
    ],
  )
  expect(page).toContain('EPYC, 2 cores,\n24 GB')
  const [latency = '', storage = ''] = page.split('\n## ').slice(1)
  expect(latency).toContain('latency seconds=5')
  expect(latency).toContain('| p99 | 20 ms |  | cron: 60,000 ms | 3,000× |  |  |')
  expect(latency).toContain('| rate | 1,235 obs/s | 1,000–1,500 |  |  | 81.3 MB |  |')
  expect(storage).toContain('Failed after 1 s: it ended with 1')
  expect(storage).not.toContain('| p99')
})
