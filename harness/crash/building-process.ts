/**
 * A process that dies by SIGKILL while a policy comes into force. Usage: `node building-process.ts OPTIONS`, with the options
 * as JSON. It puts the policy, and dies when enough requests have their groups.
 */
import { policyOf } from '../../src/domain/policy/document.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { UnlockingOptions } from './unlocking-process.ts'

export interface BuildingOptions extends Pick<UnlockingOptions, 'store' | 'userId' | 'queueId'> {
  readonly document: object
  readonly doneMin: number
}

const { store: where, userId, queueId, document, doneMin } = JSON.parse(process.argv[2]!) as BuildingOptions
const store =
  where.kind === 'sqlite' ? await openSqliteStore(where.options) : await openPostgresStore(where.options)
const queue = { userId, queue: { queueId } }
await store.putPolicy({ ...queue, document, policy: policyOf(document), version: null })
for (;;) {
  const { state, progress } = await store.getPolicy(queue)
  if (state === 'active') throw new Error('it was done before enough was done')
  if (progress!.done >= doneMin) process.kill(process.pid, 'SIGKILL')
}
