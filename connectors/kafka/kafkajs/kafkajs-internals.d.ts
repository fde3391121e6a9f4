/** What this folder uses of kafkajs beyond its published types. kafkajs is pinned to one exact version. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}

/** The newest version that kafkajs speaks, and so the one that brokers from 2.5 on get. */
declare module 'kafkajs/src/protocol/requests/metadata/v6/response.js' {
  interface Answer {
    readonly topicMetadata: readonly {
      readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[]
    }[]
  }
  const response: { parse(answer: Answer): Promise<Answer> }
  export default response
}
