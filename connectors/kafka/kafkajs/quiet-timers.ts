import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * kafkajs sets a timer after each answer, even if no request waits and none is throttled. Its delay is then negative, and the
 * runtime prints a warning. With this patch the timer is set only if there is something to do.
 */
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests

RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereNeeded() {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this)
}
