/**
 * Loaded into each server under load before its own code: tells how much memory it has when it is asked, and ends it when the
 * benchmark has ended without doing so.
 */
process.on('message', () => process.send!({ residentBytes: process.memoryUsage.rss() }))
process.on('disconnect', () => process.exit(0))
// The server alone decides how long its process lives.
process.channel?.unref()
