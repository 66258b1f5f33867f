import { apiRoot } from '../../api/roots.ts'

/** Creates a queue, and adds a request. */
export function firstCommand(): string {
  return [
    `curl -X POST -H "Authorization: Bearer $APIFY_TOKEN" '${apiRoot}v2/request-queues?name=my-crawl'`,
    addCommand('~my-crawl'),
  ].join('\n')
}

/** Adds a request to a queue. */
export function addCommand(queueId: string): string {
  const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'https://example.com/' })
  return [
    `curl -X POST -H "Authorization: Bearer $APIFY_TOKEN" -H 'Content-Type: application/json' \\`,
    `  -d '${body}' \\`,
    `  '${apiRoot}v2/request-queues/${queueId}/requests'`,
  ].join('\n')
}
