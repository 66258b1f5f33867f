/** Clients work on several queues, from two nodes of a cluster, while shards move from one node to another. */
import assert from 'node:assert/strict'
import { Client } from 'pg'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { RequestTracker } from '../faults/request-tracker.ts'
import { newQueue, sameQueue, startWorkers } from '../faults/workers.ts'
import type { Random } from '../random.ts'
import { workerUrls } from './cluster.ts'

const queueCount = 8
const clientsPerQueue = 2
/** The first mode is the default without logical replication, the second with it. */
const transferModes = ['block_writes', 'force_logical'] as const

export interface MovesRound {
  readonly random: Random
  readonly moves: number
  /** Called after every move, with the number of calls acknowledged since the previous move. */
  onMove(acknowledgedCount: number): void
  isOver?(): boolean
}

interface Placement {
  readonly shard: string
  readonly from_name: string
  readonly from_port: number
  readonly to_name: string
  readonly to_port: number
}

/** A shard of `queues`, the node that has it, and another one. What is colocated with it moves along. */
const selectPlacement = `
  SELECT placement.shardid AS shard, here.nodename AS from_name, here.nodeport AS from_port,
    there.nodename AS to_name, there.nodeport AS to_port
  FROM pg_dist_shard AS shard JOIN pg_dist_placement AS placement USING (shardid)
  JOIN pg_dist_node AS here ON here.groupid = placement.groupid
  JOIN pg_dist_node AS there ON there.groupid <> here.groupid AND there.shouldhaveshards
  WHERE logicalrelid = $1::regclass
  ORDER BY random() LIMIT 1`

/**
 * @param url of the coordinator, on which the schema is distributed
 * @throws Error that says which promise was broken
 */
export async function playMoves(url: string, schema: string, round: MovesRound): Promise<void> {
  const admin = new Client({ connectionString: url })
  await admin.connect()
  const [worker] = await workerUrls(url)
  const stores = await Promise.all([url, worker!].map((node) => openPostgresStore({ url: node, schema })))
  try {
    const queues = await Promise.all(Array.from({ length: queueCount }, () => newQueue(stores[0]!, null)))
    const parts = queues.map((queue) => {
      const tracker = new RequestTracker()
      const ways = stores.map((store) => sameQueue(queue, { store }))
      const workers = startWorkers(
        clientsPerQueue,
        (clientKey, index) => ways[index % ways.length]!.client(clientKey),
        tracker,
      )
      return { queue, tracker, workers }
    })
    const failed = Promise.race(parts.map(({ workers }) => workers.failed))
    const acknowledgedCount = () => parts.reduce((sum, { tracker }) => sum + tracker.acknowledgedCount, 0)
    let before = 0
    for (let move = 0; move < round.moves && !round.isOver?.(); move++) {
      await Promise.race([moveOne(admin, schema, round.random.pick(transferModes)), failed])
      const now = acknowledgedCount()
      round.onMove(now - before)
      before = now
    }
    for (const { workers } of parts) await workers.stop()
    for (const { queue, tracker } of parts) await tracker.compare(queue)
    assert.deepEqual(await stores[0]!.check(), [])
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await admin.end()
  }
}

async function moveOne(admin: Client, schema: string, mode: (typeof transferModes)[number]): Promise<void> {
  const { rows } = await admin.query<Placement>(selectPlacement, [`${schema}.queues`])
  const { shard, from_name, from_port, to_name, to_port } = rows[0]!
  await admin.query('SELECT citus_move_shard_placement($1, $2, $3, $4, $5, $6)', [
    shard,
    from_name,
    from_port,
    to_name,
    to_port,
    mode,
  ])
}
