import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * kafkajs sets a timer after each answer, even when nothing waits and nothing is throttled; its delay is then negative,
 * which the runtime warns of on the console. This is the one place where it happens: no timer where there is nothing to do.
 */
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests

RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereNeeded() {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this)
}
