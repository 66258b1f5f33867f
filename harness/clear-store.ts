import type { ManualClock } from '../src/store/clock.ts'
import type { Store } from '../src/store/store.ts'

/** Tests give users without a token one of these names. */
export const usernames = ['alice', 'bob']

const minuteMs = 60_000

/**
 * Takes away what a test has left, for the next test on the same store: nobody has a queue or a token, and so much time
 * passes that nothing counts any more that is counted by the second or by the minute. Users, jobs and the time stay.
 */
export async function clearStore(store: Store, clock: ManualClock): Promise<void> {
  const users = new Set<string>()
  for (const { id, userId } of await store.listTokens()) {
    users.add(userId)
    await store.revokeToken({ id })
  }
  for (const username of usernames) {
    const user = await store.findUser({ username })
    if (user !== null) users.add(user.id)
  }
  for (const userId of users) await deleteQueues(store, userId)
  // To where the clock of a new store begins, in a later minute.
  const now = clock.monotonicMs()
  clock.advance(Math.ceil(now / minuteMs + 1) * minuteMs + 1 - now)
}

async function deleteQueues(store: Store, userId: string): Promise<void> {
  for (;;) {
    const { items } = await store.listQueues({
      userId,
      offset: 0,
      limit: 1000,
      desc: false,
      unnamed: true,
      ownership: null,
    })
    if (items.length === 0) return
    for (const { id } of items) await store.deleteQueue({ userId, queue: { queueId: id } })
  }
}
