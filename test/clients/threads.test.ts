/**
 * The official clients again, answered by three threads: the same answers and counts. Those are left out that make one call
 * after the other and look at its answer: test/http/threads.test.ts makes the same calls, each answered by any thread.
 */
process.env['HEADLOCK_TEST_THREADS'] = '3'
for (const file of ['crawl', 'crawlee-request-queue', 'politeness', 'python-sdk', 'sixteen-clients']) {
  await import(`./${file}.test.ts`)
}

export {}
