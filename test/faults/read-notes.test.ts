/** Statistics of reads that are not in the database yet: they are written before they are shown. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newQueueRow } from '../../src/store/columns/queues.ts'
import { ReadNotes } from '../../src/store/postgres/batching/read-notes.ts'
import { QueueState, UnsavedQueues } from '../../src/store/queue-state.ts'

const made = newQueueRow({ id: 'queue', ownerId: 'owner', name: null, title: null, generalAccess: null }, 1)
const row = { ...made, number: 1, owner_name: 'owner' }
const queueWith = (readCount: number) =>
  new QueueState({ ...row, read_count: readCount }, new UnsavedQueues())

test('7.4 a queue has unwritten reads until they are written, also while a transaction writes them', () => {
  const notes = new ReadNotes()
  assert.equal(notes.hasUnwrittenReads('queue'), false)
  notes.add('queue', { readCount: 3, accessedAt: 5 })
  const taken = notes.take('queue')!
  const queue = queueWith(10)
  taken.addTo(queue)
  assert.equal(queue.readCount, 13)
  assert.equal(notes.hasUnwrittenReads('queue'), true)
  assert.deepEqual(notes.waiting(), [])

  // Read meanwhile: it goes with another transaction.
  notes.add('queue', { readCount: 1, accessedAt: 6 })
  taken.written()
  assert.deepEqual([notes.hasUnwrittenReads('queue'), notes.queuesWithUnwrittenReads()], [true, ['queue']])
  notes.take('queue')!.written()
  assert.deepEqual([notes.hasUnwrittenReads('queue'), notes.queuesWithUnwrittenReads()], [false, []])
})

test('7.4 reads of a transaction that failed wait for the next one', () => {
  const notes = new ReadNotes()
  notes.add('queue', { readCount: 3, accessedAt: 5 })
  const taken = notes.take('queue')!
  notes.add('queue', { readCount: 1, accessedAt: 4 })
  taken.giveBack()
  assert.deepEqual(notes.waiting(), ['queue'])
  assert.deepEqual(notes.take('queue')!.reads, { readCount: 4, headItemReadCount: 0, accessedAt: 5 })
})

test('a new access time is shown at once, but does not cause a write', () => {
  const notes = new ReadNotes()
  notes.add('queue', { accessedAt: 5 })
  assert.deepEqual([notes.hasUnwrittenReads('queue'), notes.accessTimes().get('queue')], [false, 5])
})
