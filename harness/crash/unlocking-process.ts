/**
 * A process that dies by SIGKILL between two steps of an unlock: `node unlocking-process.ts ASK`, as JSON. It
 * releases what the client holds, and dies as soon as somebody else could take some of it.
 */
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts'
import { TestQueue } from '../conversation.ts'

export interface UnlockingAsk {
  readonly store:
    | { readonly kind: 'sqlite'; readonly options: Pick<SqliteOptions, 'directory' | 'stepSize'> }
    | { readonly kind: 'postgres'; readonly options: Pick<PostgresOptions, 'url' | 'schema' | 'stepSize'> }
  readonly userId: string
  readonly queueId: string
  readonly clientKey: string
  /** It dies when so many are released. */
  readonly releasedMin: number
}

const { store: where, userId, queueId, clientKey, releasedMin } = JSON.parse(process.argv[2]!) as UnlockingAsk
const store =
  where.kind === 'sqlite' ? await openSqliteStore(where.options) : await openPostgresStore(where.options)
const queue = new TestQueue(store, userId, { queueId })
void queue.client(clientKey).unlock()
for (;;) {
  const released = await queue.client('onlooker').head()
  if (released.length >= releasedMin) process.kill(process.pid, 'SIGKILL')
}
