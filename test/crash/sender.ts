import type { PlannedRequest } from './request-plan.ts'

const acknowledgements = [200, 204]

/** Sends a producer's requests in order, each until it is acknowledged, whatever happens to the server meanwhile. */
export class Sender {
  acknowledged: PlannedRequest | null = null
  cursor: string | null = null
  repeated = 0
  readonly #plan: readonly PlannedRequest[]

  constructor(plan: readonly PlannedRequest[]) {
    this.#plan = plan
  }

  /** @param isUp resolves when it makes sense to send again */
  async run(url: () => string, isUp: () => Promise<void>, onAcknowledged: () => void): Promise<void> {
    for (const request of this.#plan) {
      while (!(await this.#send(url(), request))) await isUp()
      this.acknowledged = request
      onAcknowledged()
    }
  }

  /** @returns false where the server died first */
  async #send(url: string, { producer, seq, body }: PlannedRequest): Promise<boolean> {
    const headers = { 'producer-id': producer, 'producer-epoch': '0', 'producer-seq': String(seq) }
    let answer: Response
    let said: string
    try {
      answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body, headers })
      said = await answer.text()
    } catch {
      return false
    }
    if (!acknowledgements.includes(answer.status)) throw new Error(`${producer} ${seq}: ${answer.status} ${said}`)
    if (answer.status === 204) this.repeated++
    this.cursor = answer.status === 200 ? JSON.parse(said).cursor : answer.headers.get('stream-next-offset')
    return true
  }
}
