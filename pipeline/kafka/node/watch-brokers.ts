import { describeCluster, type KafkaSettings } from '../../../connectors/kafka/kafka.ts'
import { messageOf } from '../../../model/errors.ts'

/** Asks every 5 s whether Kafka answers, because readers and senders wait for it without an error. */
export interface BrokerWatch extends AsyncDisposable {
  /** Null while a broker answers. */
  readonly problem: string | null
}

const everyMs = 5_000
const answerWithinMs = 3_000

export function watchBrokers(settings: KafkaSettings): BrokerWatch {
  let problem: string | null = null
  let asking: Promise<void> = Promise.resolve()
  let timer: ReturnType<typeof setTimeout> | null = null
  let isClosed = false
  const look = async (): Promise<void> => {
    try {
      const { controller } = await describeCluster(settings, answerWithinMs)
      problem = controller === null ? 'the Kafka cluster has no controller' : null
    } catch (error) {
      problem = messageOf(error)
    }
    if (!isClosed) wait()
  }
  const wait = (): void => {
    timer = setTimeout(() => {
      asking = look()
    }, everyMs)
  }
  wait()
  return {
    get problem() {
      return problem
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      await asking
    },
  }
}
