/** The tests of HTTP again, answered by three threads: the same answers, counts and limits. */
process.env['HEADLOCK_TEST_THREADS'] = '3'
for (const file of [
  'access',
  'cooldown',
  'entrance',
  'errors',
  'figures',
  'head-and-locks',
  'metrics',
  'policies',
  'queue-overviews',
  'queues',
  'rate-limits',
  'requests',
  'server-state',
  'wrong-tokens',
]) {
  await import(`./${file}.test.ts`)
}

export {}
