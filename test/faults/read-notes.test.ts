/** Statistics of reads on their way into the database: a look finds the row from before or from after, never half of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadNotes } from '../../src/store/postgres/read-notes.ts'
import { type QueueRow, QueueState, UnsavedQueues } from '../../src/store/queue-state.ts'

const row: QueueRow = {
  number: 1,
  id: 'queue',
  owner_id: 'owner',
  owner_name: 'owner',
  name: null,
  title: null,
  general_access: null,
  created_at: 1,
  modified_at: 1,
  accessed_at: 1,
  total_count: 0,
  handled_count: 0,
  last_ticket: 0,
  first_client_key: null,
  had_multiple_clients: 0,
  write_count: 0,
  read_count: 10,
  delete_count: 0,
  head_item_read_count: 0,
  storage_bytes: 0,
}
const queueWith = (readCount: number) =>
  new QueueState({ ...row, read_count: readCount }, new UnsavedQueues())

/** What a look that began at that moment shows, when the row it gets has so many reads. */
function shown(look: ReturnType<ReadNotes['look']>, readsInRow: number): number {
  const queue = queueWith(readsInRow)
  look.applyTo(queue)
  return queue.readCount
}

test('7.4 reads that a transaction writes at this moment are shown once, whichever row a look gets', () => {
  const notes = new ReadNotes()
  notes.add('queue', { readCount: 3, accessedAt: 5 })
  const before = notes.look('queue')
  const taken = notes.take('queue')!
  const queue = queueWith(10)
  taken.addTo(queue)
  assert.equal(shown(before, 10), 13)
  assert.equal(shown(notes.look('queue'), 10), 13)

  taken.goWith(queue)
  const during = notes.look('queue')
  // Read meanwhile: it goes with another transaction.
  notes.add('queue', { readCount: 1, accessedAt: 6 })
  taken.written()
  for (const look of [before, during]) {
    assert.equal(shown(look, 10), 13, 'the row from before')
    assert.equal(shown(look, 13), 13, 'the row from after')
  }
  assert.equal(shown(notes.look('queue'), 13), 14)
  assert.deepEqual(notes.waiting(), ['queue'])
})

test('7.4 reads of a transaction that failed wait for the next one', () => {
  const notes = new ReadNotes()
  notes.add('queue', { readCount: 3, accessedAt: 5 })
  const queue = queueWith(10)
  const taken = notes.take('queue')!
  taken.addTo(queue)
  taken.goWith(queue)
  assert.deepEqual(notes.waiting(), [])
  taken.giveBack()
  assert.deepEqual(notes.waiting(), ['queue'])
  assert.equal(shown(notes.look('queue'), 10), 13)
  assert.equal(notes.take('queue')!.readCount, 3)
})
