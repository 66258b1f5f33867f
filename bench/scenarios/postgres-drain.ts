import { Client } from 'pg'
import { schemaByDefault } from '../../src/store/postgres/open-store.ts'
import { insertRows } from '../fixtures/postgres-rows.ts'
import { rowBytes } from '../load/requests.ts'
import { close } from '../processes/interrupt.ts'
import { PostgresRound } from '../rounds/postgres-round.ts'
import { type DrainFigures, tenthsOf } from './drain-tenths.ts'

const rowsPerTransaction = 50_000
const warmUpRequests = 2_000

/**
 * Drains one queue of that many requests over 64 connections of 8 clients, to see whether it becomes slower.
 */
export async function measureDrain(
  requests: number,
  servers: number,
  serverFlags: readonly string[],
  note: (line: string) => void,
): Promise<DrainFigures> {
  const round = await PostgresRound.start(servers, serverFlags)
  try {
    const drain = { warmUpMs: 0, measureMs: null, clients: 8 }
    const warmUp = await round.newQueue()
    await round.preload(warmUp, warmUpRequests)
    await round.run('drain', warmUp, drain)

    const target = await round.newQueue()
    await fill(await round.databaseUrl(), target.queueId, requests)
    note(`${requests.toLocaleString('en')} requests filled in`)
    const drained = await round.run('drain', target, { ...drain, markEvery: requests / 10 })
    if (drained.requests !== requests)
      throw new Error(`${drained.requests} of ${requests} requests were drained`)
    return { requests, servers, requestsPerSecond: tenthsOf(drained.markSeconds, requests) }
  } finally {
    await close(round)
  }
}

/**
 * Inserts the requests directly into the tables, as if added one after the other. No vacuum work is left
 * afterwards.
 */
async function fill(url: string, queueId: string, requests: number): Promise<void> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schemaByDefault}` })
  await client.connect()
  try {
    for (let firstNumber = 0; firstNumber < requests; firstNumber += rowsPerTransaction) {
      const count = Math.min(rowsPerTransaction, requests - firstNumber)
      await client.query(insertRows({ queueId, firstNumber, count }))
    }
    await client.query(
      'UPDATE queues SET total_count = $2, last_ticket = $2, storage_bytes = $3 WHERE queue_id = $1',
      [queueId, requests, requests * rowBytes],
    )
    await client.query('VACUUM (ANALYZE) requests')
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}
