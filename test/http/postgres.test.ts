/** The tests of HTTP again, on PostgreSQL, but for those that end before a store: the same answers, counts and limits. */
process.env['HEADLOCK_TEST_STORE'] = 'postgres'
for (const file of [
  'access',
  'cooldown',
  'errors',
  'figures',
  'found-requests',
  'head-and-locks',
  'large-lists',
  'method-override',
  'metrics',
  'policies',
  'politeness-page',
  'query-strings',
  'queue-events',
  'queue-overviews',
  'queue-page',
  'queues',
  'rate-limits',
  'request-forms',
  'request-schema',
  'requests',
  'sent-back',
  'server-figures',
  'server-state',
  'undelivered',
  'waiting',
  'waiting-by-rules',
  'well-formed',
]) {
  await import(`./${file}.test.ts`)
}

export {}
