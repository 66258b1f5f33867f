/** The paths of the API. */
export function queuePath(queueId: string, rest = ''): string {
  return `headlock/v1/queues/${encodeURIComponent(queueId)}${rest}`
}

/** The calls of the Apify API. Those that read count as an access of the queue. */
export function v2Path(queueId: string, rest = ''): string {
  return `v2/request-queues/${encodeURIComponent(queueId)}${rest}`
}

/** The client key of calls that need one. */
export const consoleClientKey = 'console'
