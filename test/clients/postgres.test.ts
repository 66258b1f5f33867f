/** The official clients again, on PostgreSQL: the same answers and counts. */
process.env['HEADLOCK_TEST_STORE'] = 'postgres'
for (const file of [
  'apify-client',
  'apify-client-requests',
  'crawlee-request-queue',
  'politeness',
  'sixteen-clients',
]) {
  await import(`./${file}.test.ts`)
}

export {}
