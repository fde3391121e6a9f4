import { Random } from '../random.ts'

/** One request of an idempotent producer. */
export interface PlannedRequest {
  readonly producer: string
  readonly seq: number
  readonly body: string
}

const idsOfScan = 30
const shared = 'push/-/-/shared'

/**
 * What several producers send, one request after another: scans that begin in one request, go on in others and end in a
 * later one, with unchanged, changed, missing and re-created things; things that flip to and fro; deletes; records that
 * can't be used; now and then more than one parcel of it. Each producer has keys of its own, so that their changes don't
 * depend on how the producers take turns.
 */
export function planRequests(seed: number, producers: number, requests: number): PlannedRequest[][] {
  return Array.from({ length: producers }, (_, n) => {
    const producer = new PlannedProducer(`producer-${n}`, new Random(seed * 1_000 + n))
    return Array.from({ length: requests }, (_, seq) => ({ producer: producer.id, seq, body: producer.request() }))
  })
}

class PlannedProducer {
  readonly id: string
  readonly #random: Random
  readonly #scanned: string
  readonly #watched: string
  /** Of the scanned scope: what is there now, by id. */
  readonly #world = new Map<string, number>()
  #scans = 0
  /** Ids that the open scan has yet to see, and how many it has seen. */
  #toSee: string[] = []
  #seen = 0
  #isScanning = false

  constructor(id: string, random: Random) {
    this.id = id
    this.#random = random
    this.#scanned = `aws/${id}/eu-west-1/vm`
    this.#watched = `kubernetes/${id}/-/apps.Deployment`
    for (let n = 0; n < idsOfScan; n++) this.#world.set(`vm-${n}`, 0)
  }

  request(): string {
    const parts: object[][] = []
    for (let n = 1 + this.#random.below(4); n > 0; n--) {
      parts.push(this.#random.oneIn(3) ? this.#watch() : this.#scan())
    }
    if (this.#random.oneIn(25)) parts.push(this.#large())
    const lines = parts.flat().map((record) => JSON.stringify(record))
    if (this.#random.oneIn(8)) lines.splice(this.#random.below(lines.length), 0, `{"kind":"observed", cut ${this.id}`)
    return `${lines.join('\n')}\n`
  }

  /** The next piece of a scan. */
  #scan(): object[] {
    const scope = this.#scanned
    if (!this.#isScanning) {
      this.#move()
      this.#isScanning = true
      this.#scans++
      this.#seen = 0
      this.#toSee = [...this.#world.keys()]
      return [{ kind: 'scan.begin', scope, scan: `scan-${this.#scans}` }]
    }
    const scan = `scan-${this.#scans}`
    const piece = this.#toSee.splice(0, 1 + this.#random.below(14))
    this.#seen += piece.length
    const records: object[] = piece.map((id) => this.#observed(scope, id, this.#world.get(id) ?? 0, scan))
    if (this.#toSee.length > 0) return records
    this.#isScanning = false
    const complete = !this.#random.oneIn(5)
    const count = this.#random.oneIn(10) ? this.#seen + 1 : this.#seen
    return [...records, { kind: 'scan.end', scope, scan, complete, count, errors: complete ? [] : ['page 3: denied'] }]
  }

  /** Between two scans things change, go and come; seldom so many go at once that the deletes are held. */
  #move(): void {
    const random = this.#random
    const ids = [...this.#world.keys()]
    for (const id of ids) if (random.oneIn(8)) this.#world.set(id, random.below(3))
    const going = random.oneIn(5) ? ids.length / 2 : random.below(3)
    for (let n = 0; n < going; n++) this.#world.delete(random.pick(ids))
    for (let n = 0; n < idsOfScan; n++) if (random.oneIn(10)) this.#world.set(`vm-${n}`, random.below(3))
  }

  /** Events outside scans: a thing goes from A to B and back, is deleted, comes again, or stays as it is. */
  #watch(): object[] {
    const random = this.#random
    const scope = random.oneIn(2) ? this.#watched : shared
    const id = `${this.id}/${random.below(6)}`
    const observed = (n: number, uid?: string) => this.#observed(scope, id, n, null, uid)
    const gone = { kind: 'gone', scope, id }
    return random.pick([
      () => [observed(1), observed(2), observed(1)],
      () => [observed(random.below(3))],
      () => [observed(1), observed(1)],
      () => [observed(2), gone, observed(2)],
      () => [gone],
      () => [observed(1, `uid-${random.below(3)}`)],
    ])()
  }

  /** More than fits one parcel of a partition. */
  #large(): object[] {
    const values = [0, 1, 2].map((n) => `${n}${'large '.repeat(62_000)}`)
    return values.map((value, n) => this.#observed(this.#watched, `${this.id}/large-${n}`, value, null))
  }

  #observed(scope: string, id: string, value: number | string, scan: string | null, uid?: string): object {
    const resource = {
      id,
      type: 'thing',
      provider: 'test',
      ...(uid === undefined ? {} : { uid }),
      configuration: { value, text: 'x'.repeat(200) },
      tags: { team: `team-${String(value).slice(0, 3)}` },
    }
    return { kind: 'observed', scope, scan, resource }
  }
}
