/**
 * Preloaded into each server under load. It reports the memory in use on request, and ends the server when
 * the benchmark has ended without doing so.
 */
process.on('message', () => process.send!({ residentBytes: process.memoryUsage.rss() }))
process.on('disconnect', () => process.exit(0))
// The channel must not keep the process alive.
process.channel?.unref()
