/** Crawlee on PostgreSQL, answered by three threads, each of which has a store of its own there. */
process.env['HEADLOCK_TEST_STORE'] = 'postgres'
process.env['HEADLOCK_TEST_THREADS'] = '3'
await import('./crawlee-request-queue.test.ts')

export {}
