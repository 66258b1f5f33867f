/** That the comparison at the end of a round finds what no look at the tables shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { temporaryDirectory } from '../support/server-process.ts'
import { newQueue, Witness } from './workers.ts'

test('the witness finds a planted fault: a pending request that nobody can have', async (t) => {
  const store = await openSqliteStore({ directory: await temporaryDirectory(t) })
  t.after(() => store.close())
  const queue = await newQueue(store, null)
  const witness = new Witness()
  for (const key of ['one', 'two', 'three']) witness.added.add(key)
  await queue.client('worker').add(...witness.added)
  await witness.compare(queue)

  const lockHead = store.lockHead.bind(store)
  store.lockHead = async (ask) => {
    const answer = await lockHead(ask)
    return { ...answer, items: answer.items.filter(({ uniqueKey }) => uniqueKey !== 'two') }
  }
  await assert.rejects(witness.compare(queue), /requests that can be had.* lost: two;/)
})
