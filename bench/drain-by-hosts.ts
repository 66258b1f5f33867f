/**
 * Drains one queue whose rules let two requests of a host be in work at a time, to see whether it becomes slower:
 * `node bench/drain-by-hosts.ts sqlite|postgres [REQUESTS] [HOSTS]` (1,000,000 and 1,000 by default). Eight clients
 * with eight connections each, as in the workload "drain". The output has the pace of each tenth.
 */
import { close, noted } from './processes/interrupt.ts'
import { PostgresRound } from './rounds/postgres-round.ts'
import type { Round } from './rounds/round.ts'
import { SqliteRound } from './rounds/sqlite-round.ts'
import { type DrainFigures, drainTable, tenthsOf } from './scenarios/drain-tenths.ts'
import { setPolicy } from './scenarios/rules-rows.ts'

const drain = { warmUpMs: 0, measureMs: null, clients: 8 } as const
const warmUpRequests = 2_000
const [kind, requestCount = '1000000', hostCount = '1000'] = process.argv.slice(2)
if ((kind !== 'sqlite' && kind !== 'postgres') || !(Number(requestCount) > 0) || !(Number(hostCount) > 0)) {
  console.error('Usage: node bench/drain-by-hosts.ts sqlite|postgres [REQUESTS] [HOSTS]')
  process.exit(2)
}

const round = kind === 'sqlite' ? noted(new SqliteRound([])) : await PostgresRound.start(1, [])
try {
  console.log(drainTable(await drainByHosts(round, Number(requestCount), Number(hostCount))))
} finally {
  await close(round)
}

async function drainByHosts(round: Round, count: number, hostCount: number): Promise<DrainFigures> {
  const warmUp = await round.newQueue()
  await round.preload(warmUp, warmUpRequests)
  await round.run('drain', warmUp, drain)

  const queue = await round.newQueue()
  await setPolicy(queue, { rules: [{ hosts: '*', concurrency: 2 }] })
  const { count: requests } = await round.preload(queue, count, undefined, hostCount)
  console.error(
    `${requests.toLocaleString('en')} requests on ${hostCount.toLocaleString('en')} hosts filled in`,
  )
  const { markSeconds } = await round.run('drain', queue, {
    ...drain,
    hostCount,
    markEvery: Math.floor(requests / 10),
  })
  return { requests, servers: 1, requestsPerSecond: tenthsOf(markSeconds, requests) }
}
