import { Histogram, type Registry } from 'prom-client'
import { boundsMs, countOf, type DurationCounts, Durations } from './durations.ts'

type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  readonly durations: Durations
}

/** Three of the ten bounds of each decade are shown: what is counted finer serves the quantiles that are computed here. */
const shown = (fromMs: number) =>
  boundsMs
    .map((ms, index) => ({ ms, index }))
    .filter(({ ms, index }) => ms >= fromMs && (index % 10 === 0 || index % 10 === 4 || index % 10 === 7))

/**
 * A Prometheus histogram whose counts can come in bulk from another thread, which prom-client's own, observing one value at
 * a time, can't take.
 */
export class DurationHistogram extends Histogram {
  readonly #series = new Map<string, Series>()
  readonly #shown: readonly { ms: number; index: number }[]
  readonly #named: { readonly name: string; readonly help: string }

  constructor(name: string, help: string, labelNames: readonly string[], fromMs: number, registry: Registry) {
    super({ name, help, labelNames: [...labelNames], registers: [registry] })
    this.#shown = shown(fromMs)
    this.#named = { name, help }
    if (labelNames.length === 0) this.series({})
  }

  /** The counts of one set of label values, made on first sight; the caller bounds how many there are. */
  series(labels: Labels): Durations {
    const id = JSON.stringify(labels)
    const known = this.#series.get(id)
    if (known) return known.durations
    const durations = new Durations()
    this.#series.set(id, { labels, durations })
    return durations
  }

  // The registry asks through one of these two, the text exposition through the second.
  override async get(): ReturnType<Histogram['get']> {
    return { ...(await super.get()), values: this.#values() }
  }
  async getForPromString() {
    return { ...this.#named, type: 'histogram', values: this.#values() }
  }

  #values() {
    return [...this.#series.values()].flatMap(({ labels, durations }) => [
      ...this.#buckets(labels, durations),
      { metricName: `${this.#named.name}_sum`, labels, value: durations.sumMs / 1000 },
      { metricName: `${this.#named.name}_count`, labels, value: countOf(durations) },
    ])
  }

  #buckets(labels: Labels, { counts }: DurationCounts) {
    const bucket = (le: string | number, value: number) => ({
      metricName: `${this.#named.name}_bucket`,
      labels: { ...labels, le },
      value,
    })
    let seen = 0
    let next = 0
    const cumulative = this.#shown.map(({ ms, index }) => {
      while (next <= index) seen += counts[next++] ?? 0
      return bucket(ms / 1000, seen)
    })
    while (next < counts.length) seen += counts[next++] ?? 0
    return [...cumulative, bucket('+Inf', seen)]
  }
}
