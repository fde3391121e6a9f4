/** What this folder uses of kafkajs beyond its published types. kafkajs is pinned to one exact version. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}
