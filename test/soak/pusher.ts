import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { ToChecker } from './messages.ts'

const watchedKeys = 250
const scannedKeys = 40
/** Between two requests of a pusher. */
const pauseMs = 20

/** A request that vaino should have taken. */
class Refused extends Error {}

export interface Where {
  /** Null while the server is known to be down. */
  url(): string | null
  say(message: ToChecker): void
  /** Stands in values that vaino must take for secrets. */
  readonly secret: string
}

/**
 * An idempotent producer that pushes events of one scope and complete scans of another, each request until it is acknowledged: resources
 * whose `n` goes up by one with each change, what hasn't changed, deletes, scans that broke off, empty ones that the guard holds, bad lines.
 */
export class Pusher {
  readonly #name: string
  readonly #random: Random
  readonly #where: Where
  /** The last `n` that was sent, by key. */
  readonly #sent = new Map<string, number>()
  readonly #live = new Set<string>()
  #seq = 0
  #scans = 0
  badRecords = 0
  observations = 0
  repeated = 0
  isPaused = false
  isIdle = false

  constructor(name: string, random: Random, where: Where) {
    this.#name = name
    this.#random = random
    this.#where = where
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.isIdle = this.isPaused
      if (!this.isPaused) await this.#request(stop)
      await sleep(pauseMs)
    }
  }

  async #request(stop: AbortSignal): Promise<void> {
    const touched = new Map<string, number>()
    const records = this.#random.oneIn(6) ? this.#scan(touched) : this.#events(touched)
    const lines = records.map((record) => JSON.stringify(record))
    const isBad = this.#random.oneIn(40)
    if (isBad) lines.splice(this.#random.below(lines.length + 1), 0, `{"kind":"observed", cut off by ${this.#name}`)
    const body = `${lines.join('\n')}\n`
    while (!(await this.#send(body))) {
      if (stop.aborted) return
      await sleep(50)
    }
    this.#seq++
    if (isBad) this.badRecords++
    this.observations += records.length
    this.#where.say({ kind: 'acknowledged', keys: [...touched] })
  }

  /** @returns whether it is acknowledged; false where the server was gone or busy */
  async #send(body: string): Promise<boolean> {
    const url = this.#where.url()
    if (url === null) return false
    const headers = { 'producer-id': this.#name, 'producer-epoch': '0', 'producer-seq': String(this.#seq) }
    try {
      const answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body, headers })
      const said = await answer.text()
      if (answer.status === 204) this.repeated++
      // 400: every record was bad, which is committed too.
      if (answer.ok || (answer.status === 400 && said.includes('"cursor"'))) return true
      if (answer.status === 429 || answer.status >= 500) return false
      throw new Refused(`${this.#name} ${this.#seq}: ${answer.status} ${said}`)
    } catch (error) {
      if (error instanceof Refused) throw error
      return false
    }
  }

  #events(touched: Map<string, number>): object[] {
    const scope = `push/-/-/${this.#name}-watched`
    const records: object[] = []
    for (let count = 1 + this.#random.below(40); count > 0; count--) {
      const id = `thing-${this.#random.below(watchedKeys)}`
      const key = `${scope}/${id}`
      // Within a request, a resource that has left doesn't come back: it would be one more delete to announce.
      if (this.#random.oneIn(60) && this.#live.has(key) && !touched.has(key)) {
        this.#where.say({ kind: 'leaving', keys: [key] })
        this.#live.delete(key)
        records.push({ kind: 'gone', scope, id })
        touched.set(key, this.#sent.get(key) ?? 0)
        continue
      }
      records.push(this.#observed(scope, id, this.#next(key, touched), null))
      if (this.#random.oneIn(4)) records.push(this.#observed(scope, id, this.#sent.get(key) ?? 1, null))
    }
    return records
  }

  /** A whole scan, one that broke off, or an empty one, which the guard holds until the next whole one sees all again. */
  #scan(touched: Map<string, number>): object[] {
    const scope = `push/-/-/${this.#name}-scanned`
    const scan = `scan-${this.#scans++}`
    const begin = { kind: 'scan.begin', scope, scan }
    const end = (complete: boolean, count: number) => ({
      ...{ kind: 'scan.end', scope, scan, complete, count },
      errors: complete ? [] : ['page 3: denied'],
    })
    if (this.#scans % 5 === 3) return [begin, end(true, 0)]
    const isWhole = this.#scans % 5 !== 1 || this.#scans === 1
    const ids = Array.from({ length: isWhole ? scannedKeys : 5 }, (_, n) => `vm-${n}`)
    const records = ids.map((id) => {
      const key = `${scope}/${id}`
      const isChanged = !this.#sent.has(key) || this.#random.oneIn(3)
      const n = isChanged ? this.#next(key, touched) : (this.#sent.get(key) ?? 1)
      return this.#observed(scope, id, n, scan)
    })
    return [begin, ...records, end(isWhole, records.length)]
  }

  #next(key: string, touched: Map<string, number>): number {
    const n = (this.#sent.get(key) ?? 0) + 1
    this.#sent.set(key, n)
    this.#live.add(key)
    touched.set(key, n)
    return n
  }

  #observed(scope: string, id: string, n: number, scan: string | null): object {
    const configuration = {
      n,
      size: `size-${n % 7}`,
      text: 'x'.repeat(300),
      password: `${this.#where.secret}-${n % 3}`,
    }
    const resource = { id, type: 'thing', name: id, provider: 'test', configuration, tags: { team: `team-${n % 5}` } }
    return { kind: 'observed', scope, scan, resource }
  }
}
