/** The official clients again, answered by three threads: the same answers and counts. */
process.env['HEADLOCK_TEST_THREADS'] = '3'
for (const file of [
  'apify-client',
  'apify-client-requests',
  'crawl',
  'crawlee-request-queue',
  'politeness',
  'python-sdk',
  'sixteen-clients',
]) {
  await import(`./${file}.test.ts`)
}

export {}
