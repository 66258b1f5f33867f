/**
 * The server under load, in a process of its own: a start like any other, log included, with its address over IPC. Nobody
 * reads its standard output, where the log goes.
 */
import { makeToken } from '../src/app/access.ts'
import { startServer } from '../src/app/compose.ts'
import { readConfig } from '../src/app/config.ts'
import { createLogger } from '../src/cli/logger.ts'
import { tuneMemory } from '../src/cli/memory.ts'

const token = makeToken()
const given = process.argv.slice(2)
const flags: Record<string, string> = { '--port': '0' }
for (let index = 0; index < given.length; index += 2) flags[given[index]!] = given[index + 1]!

const config = readConfig({ flags, environment: { HEADLOCK_TOKEN: token } })
tuneMemory(config.store)
const server = await startServer(config, { logger: createLogger(config.logLevel, false) })
process.send!({
  port: Number(new URL(server.url).port),
  token,
  // The clock of `performance` begins with the process, so that loading the modules counts.
  readyMs: performance.now(),
})

process.on('message', (message: { kind: string }) => {
  if (message.kind === 'memory') process.send!({ residentBytes: process.memoryUsage.rss() })
})
process.on('SIGTERM', () => {
  server.close().then(() => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
