/** Private parts of kafkajs that this folder uses. kafkajs is pinned to one exact version. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}

/** The newest version that kafkajs sends; brokers from 2.5 on support it. */
declare module 'kafkajs/src/protocol/requests/metadata/v6/response.js' {
  interface Answer {
    readonly topicMetadata: readonly {
      readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[]
    }[]
  }
  const response: { parse(answer: Answer): Promise<Answer> }
  export default response
}
