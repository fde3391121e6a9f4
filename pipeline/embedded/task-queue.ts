import { VainoError } from '../../model/errors.ts'
import { maxTasksUnderWay, type Task, type TaskResult } from './protocol.ts'

type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never
export type NewTask = WithoutSeq<Task>

export interface Numbered {
  readonly task: Task
  /** Settles when its effects are committed and fsynced. */
  readonly settled: Promise<TaskResult>
}

interface UnderWay {
  readonly task: Task
  /** How many workers have died of it. */
  readonly deaths: number
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: Error) => void
}

/** When so many workers have died of a task, its records are taken one by one, to find out which one it is. */
const deathsBeforeIsolation = 2
/** When so many have, the whole task becomes a dead letter. */
const maxDeaths = 20

/**
 * One partition's tasks, from their numbering to their acknowledgement: at most {@link maxTasksUnderWay}, which are sent
 * again to the next owner when one is lost. Whoever finds no place waits; their number is bounded by the permits they hold.
 */
export class TaskQueue {
  /** It has an owner that takes tasks. */
  isOpen = false
  readonly #underWay: UnderWay[] = []
  readonly #waiting: (() => void)[] = []
  #nextSeq = 1
  #failure: VainoError | null = null
  #closed = false

  /** Why nothing can be written at present; who sends is told. */
  get failure(): VainoError | null {
    return this.#failure
  }
  get tasks(): readonly Task[] {
    return this.#underWay.map(({ task }) => task)
  }

  /**
   * Resolves when the task has its place in line: who awaits it before the next call keeps the order.
   * @throws VainoError why nothing can be written, `busy` when it is closed
   */
  async add(task: NewTask): Promise<Numbered> {
    while (!this.#closed && this.#failure === null && this.#underWay.length >= maxTasksUnderWay) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#closed) throw new VainoError('busy', 'vaino is stopping')
    if (this.#failure !== null) throw this.#failure
    const { promise: settled, resolve, reject } = Promise.withResolvers<TaskResult>()
    const numbered = { ...task, seq: this.#nextSeq++ } as Task
    this.#underWay.push({ task: numbered, deaths: 0, resolve, reject })
    return { task: numbered, settled }
  }

  acknowledge(results: readonly TaskResult[]): void {
    for (const result of results) {
      if (this.#underWay[0]?.task.seq !== result.seq) continue
      this.#underWay.shift()?.resolve(result)
      this.#waiting.shift()?.()
    }
  }

  /** Nobody who waits for a commit is left in the dark while the disk is full: all are told, and send again when they like. */
  fail(error: VainoError): void {
    this.isOpen = false
    this.#failure = error
    this.#rejectAll(error)
  }

  /** A new owner has this much in its file; what remains is to be sent to it. */
  reopen(applied: number, results: readonly TaskResult[]): void {
    this.isOpen = true
    this.#failure = null
    this.acknowledge(results.filter(({ seq }) => seq <= applied))
    // A failure has rejected what was numbered and not applied: those numbers are given again.
    if (this.#underWay.length === 0) this.#nextSeq = applied + 1
  }

  /** A worker died of this task, at this record (0: nobody knows). */
  blame(seq: number, record: number): void {
    const index = seq - (this.#underWay[0]?.task.seq ?? seq)
    const blamed = this.#underWay[index]
    if (blamed === undefined) return
    const deaths = blamed.deaths + 1
    this.#underWay[index] = { ...blamed, deaths, task: afterDeath(blamed.task, deaths, record) }
  }

  /** Lets nothing more in; what is under way may still be acknowledged. */
  close(): void {
    this.#closed = true
  }

  abandon(): void {
    this.#rejectAll(new VainoError('busy', 'vaino stopped before the commit'))
  }

  #rejectAll(error: VainoError): void {
    for (const { reject } of this.#underWay.splice(0)) reject(error)
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

/** How a task is tried next after so many workers have died of it. */
function afterDeath(task: Task, deaths: number, record: number): Task {
  if (deaths < deathsBeforeIsolation) return task
  if (task.kind === 'records' && deaths < maxDeaths) {
    const setAside = task.setAside ?? []
    return { ...task, setAside: record === 0 ? setAside : [...setAside, record] }
  }
  const isRecords = task.kind === 'records'
  const what = isRecords ? `${task.bytes.byteLength} bytes of records` : `a ${task.kind}`
  return {
    kind: 'dead_letter',
    seq: task.seq,
    reason: 'crashed_worker',
    detail: `${what} of which ${deaths} workers died`,
    source: isRecords ? task.source : 'vaino',
    producer: isRecords ? task.producer : null,
    preview: isRecords ? Buffer.from(task.bytes.subarray(0, 800)).toString('utf8') : '',
  }
}
