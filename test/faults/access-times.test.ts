/** Access times that this server has not written yet are shown, also while a save writes them. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client, type QueryResult } from 'pg'
import { openTemporaryPostgresStore } from '../../harness/stores.ts'

for (const [call, text] of [
  ['listQueues', 'ORDER BY created_at'],
  ['inspectQueue', 'AS wall FROM queues WHERE queue_id'],
] as const) {
  test(`7.2 ${call} shows an access that is written between its statement and the answer`, async (t) => {
    const { store, clock, discard } = await openTemporaryPostgresStore()
    t.after(discard)
    const { id: userId } = await store.ensureUser({ username: 'alice' })
    const { queue: made } = await store.getOrCreateQueue({ userId, name: null })
    clock.advance(60_000)
    const params = { userId, queue: { queueId: made.id } }
    const { accessedAt } = await store.getQueue(params)
    assert.equal(accessedAt, made.createdAt + 60_000)

    // An expiry begins with a save.
    const save = () => store.expireQueues({ retentionMs: 1e12 })
    const saved = afterAnswer(t, text, save)
    const shown =
      call === 'inspectQueue'
        ? (await store.inspectQueue(params)).queue
        : (
            await store.listQueues({
              userId,
              offset: 0,
              limit: 1,
              desc: false,
              unnamed: true,
              ownership: null,
            })
          ).items[0]!
    assert.ok(saved.isDone)
    assert.equal(shown.accessedAt, accessedAt)
  })
}

/** Does something once, when the database has answered a statement with these words and before the store sees it. */
function afterAnswer(t: TestContext, words: string, work: () => Promise<unknown>): { isDone: boolean } {
  const { query } = Client.prototype
  const state = { isDone: false }
  let isOver = false
  Client.prototype.query = function intercepted(this: Client, ...args: unknown[]) {
    const answer = (query as (...all: unknown[]) => unknown).apply(this, args)
    const { text = '' } = args[0] as { text?: string }
    if (isOver || !text.includes(words)) return answer
    isOver = true
    return (answer as Promise<QueryResult>).then(async (result) => {
      await work()
      state.isDone = true
      return result
    })
  } as typeof query
  t.after(() => {
    Client.prototype.query = query
  })
  return state
}
