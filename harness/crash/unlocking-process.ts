/**
 * A process that dies by SIGKILL between two steps of an unlock. Usage: `node unlocking-process.ts OPTIONS`,
 * with the options as JSON. It releases the locks of the client, and dies as soon as another client could
 * take some of those requests.
 */
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import { TestQueue } from '../conversation.ts'

export interface UnlockingOptions {
  readonly store:
    | { readonly kind: 'sqlite'; readonly options: Pick<SqliteOptions, 'directory' | 'stepSize'> }
    | { readonly kind: 'postgres'; readonly options: Pick<PostgresOptions, 'url' | 'schema' | 'stepSize'> }
  readonly userId: string
  readonly queueId: string
  readonly clientKey: string
  /** The process dies when at least so many locks are released. */
  readonly releasedMin: number
}

const {
  store: where,
  userId,
  queueId,
  clientKey,
  releasedMin,
} = JSON.parse(process.argv[2]!) as UnlockingOptions
const store =
  where.kind === 'sqlite' ? await openSqliteStore(where.options) : await openPostgresStore(where.options)
const queue = new TestQueue(store, userId, { queueId })
void queue.client(clientKey).unlock()
for (;;) {
  const released = await queue.client('onlooker').head()
  if (released.length >= releasedMin) process.kill(process.pid, 'SIGKILL')
}
