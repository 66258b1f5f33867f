/**
 * Compares with BullMQ on Redis, both durable: `node bench/bullmq.ts [ROUNDS]`. It needs `redis-server` in the
 * path, and BullMQ, which is not among our dependencies:
 * `npm install --no-save --ignore-scripts bullmq ioredis`. docs/performance.md says what is compared. Prints
 * Markdown. Exit codes: 0 done, 1 failed, 2 something is missing.
 */

import { installedVersion, missingPackages } from './bullmq/bullmq-library.ts'
import { Contest, type ContestRound } from './bullmq/contest.ts'
import { contestTable } from './bullmq/contest-table.ts'
import { RedisServer, redisVersion } from './bullmq/redis-server.ts'
import { close, closeWhenInterrupted, endingAfterInterrupt, noted } from './processes/interrupt.ts'
import { headingFor, saveResults } from './report/results-file.ts'

process.exitCode = await main(Number(process.argv[2] ?? 3))

async function main(rounds: number): Promise<0 | 1 | 2> {
  const redis = redisVersion()
  if (redis === null)
    return missing('redis-server is not in the path. Install it (apt-get install redis-server).')
  const packages = await missingPackages()
  if (packages.length > 0) {
    return missing(
      `Missing packages: ${packages.join(', ')}. Install them for this run: ` +
        'npm install --no-save --ignore-scripts bullmq ioredis',
    )
  }
  if (!Number.isInteger(rounds) || rounds < 1) return missing('ROUNDS has to be a whole number from 1.')
  closeWhenInterrupted()
  try {
    const results: ContestRound[] = []
    for (let round = 1; round <= rounds; round++) {
      const contest = noted(new Contest(await RedisServer.start()))
      try {
        results.push(await contest.measure())
      } finally {
        await close(contest)
      }
      process.stderr.write(`round ${round} of ${rounds} done\n`)
      // Each round takes a minute or more, so an interrupt keeps those before it.
      saveResults('results-bullmq.json', [], { redis, rounds: results })
    }
    console.log(`${headingFor('node bench/bullmq.ts')}\n\nBullMQ ${installedVersion()} on Redis ${redis}.\n`)
    console.log(contestTable(results))
    return 0
  } catch (error) {
    await endingAfterInterrupt()
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    return 1
  }
}

function missing(line: string): 2 {
  process.stderr.write(`${line}\n`)
  return 2
}
