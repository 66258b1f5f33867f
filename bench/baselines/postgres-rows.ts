/**
 * What a bare client of PostgreSQL can do. Limits (b) and (c): as many connections as the load has, each
 * inserting the same rows into the same table, 1 or 25 in a committed transaction. Limits (d) and (e): how
 * long a single connection waits for one small commit, and for the shortest answer.
 */
import { Client } from 'pg'
import { migrate } from '../../src/store/postgres/migrations/migrate.ts'
import { insertRow, insertRows } from '../fixtures/postgres-rows.ts'
import { batchSize } from '../load/calls.ts'
import { Measurement, type MeasurementResult, together } from '../load/measurement.ts'
import { median } from '../rounds/statistics.ts'

/** A schema beside that of the servers. */
const schema = 'headlock_limit'
const warmUpMs = 300
const loneCalls = 300

export interface PostgresLimitsOptions {
  readonly url: string
  readonly connections: number
  readonly measureMs: number
}

export interface PostgresLimits {
  readonly rows: MeasurementResult
  readonly batches: MeasurementResult
  readonly commitMs: number
  readonly roundTripMs: number
}

process.on('message', async (ask: PostgresLimitsOptions) => {
  process.send!(await limitsOf(ask))
})
process.on('disconnect', () => process.exit(0))

async function limitsOf({ url, connections, measureMs }: PostgresLimitsOptions): Promise<PostgresLimits> {
  const clients = Array.from(
    { length: connections },
    () => new Client({ connectionString: url, options: `-c search_path=${schema}` }),
  )
  const [lone] = clients as [Client, ...Client[]]
  await Promise.all(clients.map((client) => client.connect()))
  try {
    await migrate(lone, schema)
    await lone.query('CREATE TABLE commits (number bigint)')
    const insertOne = { name: 'commit', text: 'INSERT INTO commits (number) VALUES (1)' }
    const select = { name: 'select', text: 'SELECT 1' }
    return {
      roundTripMs: await medianMs(() => lone.query(select)),
      commitMs: await medianMs(() => lone.query(insertOne)),
      rows: await inserting(clients, 1, measureMs),
      batches: await inserting(clients, batchSize, measureMs),
    }
  } finally {
    await lone.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await Promise.all(clients.map((client) => client.end()))
  }
}

/** Each connection begins its next insert, in a transaction of its own, when the last one is committed. */
async function inserting(
  clients: readonly Client[],
  rowsPerTransaction: number,
  measureMs: number,
): Promise<MeasurementResult> {
  const queueId = `rows-by-${rowsPerTransaction}`
  let nextNumber = 0
  const measurement = new Measurement({ warmUpMs, measureMs, markEvery: null })
  await Promise.all(
    clients.map(async (client) => {
      while (!measurement.isOver(performance.now())) {
        const firstNumber = nextNumber
        nextNumber += rowsPerTransaction
        const calledAt = performance.now()
        await client.query(
          rowsPerTransaction === 1
            ? insertRow(queueId, firstNumber)
            : insertRows({ queueId, firstNumber, count: rowsPerTransaction }),
        )
        const now = performance.now()
        measurement.answered(now, calledAt)
        measurement.moved(now, rowsPerTransaction)
      }
    }),
  )
  return together([measurement.result()])
}

/** The median of the second half. The first half warms up. */
async function medianMs(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < 2 * loneCalls; index++) {
    const calledAt = performance.now()
    await call()
    times.push(performance.now() - calledAt)
  }
  return median(times.slice(loneCalls))
}
