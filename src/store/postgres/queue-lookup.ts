import type { QueueUser } from '../../domain/caller.ts'
import { foldedName } from '../../domain/queue.ts'
import type { QueueParams } from '../params/queues.ts'
import { refusalOfUse, usable } from '../queue-access.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'
import { toText } from './encoding/text.ts'

const selectByName = statement(`
  SELECT queue_id, owner_id FROM queue_names
  WHERE name_folded = $1
    AND owner_id = CASE WHEN $2::text IS NULL THEN $3
      ELSE (SELECT id FROM users WHERE username_folded = $2::text) END`)
const selectOwner = statement('SELECT queue_id, owner_id FROM queues WHERE queue_id = $1')

interface QueueFound {
  queue_id: string
  owner_id: string
}

/** Finds queues by ID, by a name of the caller, or by a name and its owner (rule 7.6). */
export class QueueLookup {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The ID of the queue at that address. If the address is an ID, this does not check that it exists. The
   * statement that reads the queue's row finds that out, and `queue-access.ts` decides whether the caller may
   * use it.
   *
   * @throws HeadlockError `queueNotFound`
   */
  async idAt({ queue, userId }: QueueParams): Promise<string> {
    if ('queueId' in queue) return toText(queue.queueId)
    return usable({ userId }, await this.byName(queue, { userId }), 'inspect').queue_id
  }

  /** Null if this user has no queue at that address. */
  async find({ queue, userId }: QueueParams): Promise<string | null> {
    const found = 'queueId' in queue ? await this.#byId(queue.queueId) : await this.byName(queue, { userId })
    const owned = found === undefined ? undefined : { ownerId: found.owner_id }
    return refusalOfUse({ userId }, owned, 'inspect') === null ? found!.queue_id : null
  }

  /** Names of queues and of users are compared without case. */
  async byName(
    { ownerName, queueName }: { readonly ownerName: string | null; readonly queueName: string },
    { userId }: QueueUser,
  ): Promise<QueueFound | undefined> {
    const owner = ownerName === null ? null : toText(foldedName(ownerName))
    const values = [toText(foldedName(queueName)), owner, userId]
    const [row] = await withRetries(() => this.#database.query<QueueFound>(selectByName, values))
    return row
  }

  async #byId(queueId: string): Promise<QueueFound | undefined> {
    const values = [toText(queueId)]
    const [row] = await withRetries(() => this.#database.query<QueueFound>(selectOwner, values))
    return row
  }
}
