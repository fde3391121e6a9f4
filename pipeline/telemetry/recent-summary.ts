import { type Registry, Summary } from 'prom-client'

type Labels = Readonly<Record<string, string>>

/** One series of a summary: quantiles of the last minutes, with the sum and the number of everything since the start. */
export interface SummaryReading {
  readonly labels: Labels
  /** Each quantile and its seconds; none while nothing was measured lately. */
  readonly quantiles: readonly (readonly [quantile: string, seconds: number])[]
  readonly sumSeconds: number
  readonly count: number
}

/**
 * A Prometheus summary whose readings are computed elsewhere and replaced at each scrape; prom-client's own observes one
 * value at a time and keeps a digest of each series.
 */
export class RecentSummary extends Summary {
  readonly #named: { readonly name: string; readonly help: string }
  #readings: readonly SummaryReading[] = []

  constructor(name: string, help: string, labelNames: readonly string[], registry: Registry) {
    super({ name, help, labelNames: [...labelNames], registers: [registry] })
    this.#named = { name, help }
  }

  replace(readings: readonly SummaryReading[]): void {
    this.#readings = readings
  }

  // The registry asks for the text through this one.
  async getForPromString() {
    const { name } = this.#named
    const values = this.#readings.flatMap(({ labels, quantiles, sumSeconds, count }) => [
      ...quantiles.map(([quantile, value]) => ({ labels: { ...labels, quantile }, value })),
      { metricName: `${name}_sum`, labels, value: sumSeconds },
      { metricName: `${name}_count`, labels, value: count },
    ])
    return { ...this.#named, type: 'summary', values }
  }
}
