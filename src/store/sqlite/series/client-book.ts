import type { ClientTally } from '../../series/client-tally.ts'
import { clientsKept, isNewHolder, type TakenClients, UnsavedClients } from '../../series/unsaved-clients.ts'
import type { Statements } from '../groups/statements.ts'

const addClient = `
  INSERT INTO queue_clients
    (queue_number, client_key, run_id, handed_out, taken_back, handled, ended, last_seen_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (queue_number, client_key, run_id) DO UPDATE SET
    handed_out = handed_out + excluded.handed_out, taken_back = taken_back + excluded.taken_back,
    handled = handled + excluded.handled, ended = ended + excluded.ended,
    last_seen_at = max(last_seen_at, excluded.last_seen_at)`
const addToKnown = `
  UPDATE queue_clients SET handled = handled + ?, ended = ended + ?, last_seen_at = max(last_seen_at, ?)
  WHERE queue_number = ? AND client_key = ? AND run_id = ?`
/** About so many stay: those of the same moment as the last one do too. */
const forgetOld = `
  DELETE FROM queue_clients WHERE queue_number = ?1 AND last_seen_at < (
    SELECT last_seen_at FROM queue_clients INDEXED BY queue_clients_by_time
    WHERE queue_number = ?1 ORDER BY last_seen_at DESC LIMIT 1 OFFSET ${clientsKept - 1})`

/** What clients did in all queues (14.2): kept in memory, and saved with the figures. */
export class ClientBook {
  readonly #session: Statements
  readonly #unsaved = new UnsavedClients<number>()
  /** What the running transaction has written. */
  #taken: TakenClients[] = []

  constructor(session: Statements) {
    this.#session = session
  }

  begin(): void {
    this.#taken = []
  }

  rollback(): void {
    for (const taken of this.#taken) taken.giveBack()
    this.#taken = []
  }

  /** The transaction has committed. */
  add(queueNumber: number, tally: ClientTally): void {
    this.#unsaved.add(queueNumber, tally)
  }

  unsavedNumbers(): number[] {
    return this.#unsaved.queues()
  }

  /** @param isThere whether the queue has not been deleted */
  save(queueNumber: number, isThere: boolean): void {
    const taken = this.#unsaved.take(queueNumber)
    if (taken === null) return
    this.#taken.push(taken)
    if (!isThere) return
    let hasNew = false
    for (const client of taken.clients) {
      const { clientKey, handedOut, takenBack, handled, ended, lastSeenAt } = client
      const runId = client.runId ?? ''
      if (isNewHolder(client)) {
        hasNew = true
        const deeds = [handedOut, takenBack, handled, ended, lastSeenAt] as const
        this.#session.statement(addClient).run(queueNumber, clientKey, runId, ...deeds)
      } else {
        this.#session.statement(addToKnown).run(handled, ended, lastSeenAt, queueNumber, clientKey, runId)
      }
    }
    if (hasNew) this.#session.statement(forgetOld).run(queueNumber)
  }
}
