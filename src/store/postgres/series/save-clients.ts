import type { PoolClient } from 'pg'
import type { ClientDeeds } from '../../series/client-tally.ts'
import { clientsKept, isNewHolder, UnsavedClients } from '../../series/unsaved-clients.ts'
import { CommitUnknown } from '../connection/commit.ts'
import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'

const deedNames = ['handed_out', 'taken_back', 'handled', 'ended', 'last_seen_at'] as const
const given = `unnest($2::text[], $3::text[], ${deedNames.map((_, index) => `$${index + 4}::bigint[]`).join(', ')})
  AS given (client_key, run_id, ${deedNames.join(', ')})`
/** Servers that add to the same rows take them in the same order. */
const addClients = statement(`
  INSERT INTO queue_clients (queue_id, client_key, run_id, ${deedNames.join(', ')})
  SELECT queues.queue_id, given.client_key, given.run_id, ${deedNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, ${given}
  WHERE queues.queue_id = $1
  ORDER BY given.client_key, given.run_id
  ON CONFLICT (queue_id, client_key, run_id) DO UPDATE SET
    handed_out = queue_clients.handed_out + excluded.handed_out,
    taken_back = queue_clients.taken_back + excluded.taken_back,
    handled = queue_clients.handled + excluded.handled,
    ended = queue_clients.ended + excluded.ended,
    last_seen_at = greatest(queue_clients.last_seen_at, excluded.last_seen_at)`)
const addToKnown = statement(`
  UPDATE queue_clients SET
    handled = queue_clients.handled + found.handled, ended = queue_clients.ended + found.ended,
    last_seen_at = greatest(queue_clients.last_seen_at, found.last_seen_at)
  FROM (
    SELECT known.client_key, known.run_id, given.handled, given.ended, given.last_seen_at
    FROM ${given} JOIN queue_clients AS known
      ON known.queue_id = $1 AND known.client_key = given.client_key AND known.run_id = given.run_id
    ORDER BY known.client_key, known.run_id FOR UPDATE OF known) AS found
  WHERE queue_clients.queue_id = $1
    AND queue_clients.client_key = found.client_key AND queue_clients.run_id = found.run_id`)
/** About so many stay: those of the same moment as the last one do too. */
const forgetOld = statement(`
  DELETE FROM queue_clients WHERE queue_id = $1 AND last_seen_at < (
    SELECT last_seen_at FROM queue_clients WHERE queue_id = $1
    ORDER BY last_seen_at DESC LIMIT 1 OFFSET ${clientsKept - 1})`)

/** What clients did on this server (14.2): kept in memory, and added to the tables once a second. */
export class ClientSaves {
  readonly unsaved = new UnsavedClients<string>()
  readonly #database: Database
  /** The saves under way. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Saves those of all queues. If that fails, they wait for the next save. */
  async saveAll(): Promise<void> {
    for (const queueId of this.unsaved.queues()) await this.#write(queueId)
  }

  /** Saves those of a queue, and waits for those that are being saved. */
  async save(queueId: string): Promise<void> {
    const others = [...this.#underWay]
    await this.#write(queueId)
    await Promise.allSettled(others)
  }

  #write(queueId: string): Promise<void> {
    const taken = this.unsaved.take(queueId)
    if (taken === null) return Promise.resolve()
    const write = this.#database
      .transaction((client) => writeClients(client, queueId, taken.clients))
      .catch((error: unknown) => {
        // Counting too little is better than counting twice.
        if (!(error instanceof CommitUnknown)) taken.giveBack()
        throw error
      })
      .finally(() => this.#underWay.delete(write))
    this.#underWay.add(write)
    return write
  }
}

async function writeClients(
  client: PoolClient,
  queueId: string,
  clients: readonly ClientDeeds[],
): Promise<void> {
  const holders = clients.filter(isNewHolder)
  const others = clients.filter((each) => !isNewHolder(each))
  if (others.length > 0) await client.query({ ...addToKnown, values: [queueId, ...arraysOf(others)] })
  if (holders.length === 0) return
  await client.query({ ...addClients, values: [queueId, ...arraysOf(holders)] })
  await client.query({ ...forgetOld, values: [queueId] })
}

function arraysOf(clients: readonly ClientDeeds[]): Buffer[] {
  return [
    textArray(clients.map(({ clientKey }) => toText(clientKey))),
    textArray(clients.map(({ runId }) => toText(runId ?? ''))),
    bigintArray(clients.map(({ handedOut }) => handedOut)),
    bigintArray(clients.map(({ takenBack }) => takenBack)),
    bigintArray(clients.map(({ handled }) => handled)),
    bigintArray(clients.map(({ ended }) => ended)),
    bigintArray(clients.map(({ lastSeenAt }) => lastSeenAt)),
  ]
}
