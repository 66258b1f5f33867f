/** That the checker bites: it finds each planted fault, and calls no history impossible that is not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { check } from '../../harness/histories/checker.ts'
import { faults, noFault, openFaultyWays } from '../../harness/histories/faulty-store.ts'
import type { Answer, Call, RecordedCall } from '../../harness/histories/history.ts'
import { playHistories } from '../../harness/histories/play.ts'
import { textOfFailure } from '../../harness/histories/print.ts'
import { emptyQueue } from '../../harness/histories/sequential-queue.ts'
import { shortestFailure } from '../../harness/histories/shrink.ts'
import { playHistory } from '../../harness/histories/workload.ts'
import { Random } from '../../harness/random.ts'

const historiesWithFaultMax = 10
const rightHistories = 25

describe('planted faults', () => {
  for (const [name, fault] of Object.entries(faults)) {
    test(`${name} is found, and shown in few calls`, async () => {
      const random = new Random()
      for (let count = 0; count < historiesWithFaultMax; count++) {
        const { history, begin } = await playHistory(openFaultyWays(fault, random), random)
        const failure = shortestFailure(history, begin)
        if (failure === null) continue
        assert.ok(failure.calls.length <= history.length / 4, `${failure.calls.length} calls are shown`)
        assert.notEqual(check(failure.calls, failure.begin), null, 'what is shown is impossible by itself')
        const text = textOfFailure(failure)
        assert.ok(text.includes(failure.impossible.wrong.caller), text)
        return
      }
      assert.fail(`seed ${random.seed}: ${historiesWithFaultMax} histories with the fault seem possible`)
    })
  }

  test('without a fault no history is reported as impossible', async () => {
    const random = new Random()
    const open = async () => ({ ...openFaultyWays(noFault, random), discard: async () => {} })
    let decided = 0
    await playHistories(open, random, rightHistories, { played: () => decided++ })
    assert.ok(decided > rightHistories / 2, `seed ${random.seed}: only ${decided} could be decided`)
  })
})

const at = 1000
const a = { clientKey: 'a', runId: null }
const b = { clientKey: 'b', runId: null }
const add = (key: string, by = a): Call => {
  return { do: 'addRequests', by, requests: [{ key, version: 1, handled: false }], side: 'end' }
}
const lock = (by = a, limit = 1): Call => ({ do: 'lockHead', by, limit, lockMs: 100 })
const remove = (key: string): Call => ({ do: 'deleteRequests', by: a, keys: [key] })
const isNew = { added: ['new'] }
const got = (...keys: string[]): Answer => ({ items: keys.map((key) => `${key}#1`) })

describe('histories written by hand', () => {
  verdict('calls at once may have happened in the other order', true, [
    call('one', 1, 4, add('x'), isNew),
    call('two', 2, 3, add('y'), isNew),
    call('one', 5, 6, lock(a, 2), got('y', 'x')),
  ])
  verdict('calls one after the other may not', false, [
    call('one', 1, 2, add('x'), isNew),
    call('two', 3, 4, add('y'), isNew),
    call('one', 5, 6, lock(a, 2), got('y', 'x')),
  ])
  verdict('a call may take effect before another that is sent first and answered first', true, [
    call('one', 1, 10, add('x'), isNew),
    call('two', 2, 3, { do: 'getRequest', key: 'x' }, { version: 1 }),
    call('three', 4, 5, lock(b), got('x')),
  ])
  verdict('what was seen once is there for everybody from then on', false, [
    call('one', 1, 10, add('x'), isNew),
    call('two', 2, 3, { do: 'getRequest', key: 'x' }, { version: 1 }),
    call('three', 4, 5, { do: 'getRequest', key: 'x' }, { refused: 'requestNotFound' }),
  ])
  verdict('a call whose answer does not tell may come late and take effect then', true, [
    call('one', 1, 6, remove('x'), {}),
    call('two', 2, 5, add('x'), isNew),
    call('two', 7, 8, { do: 'getRequest', key: 'x' }, { refused: 'requestNotFound' }),
  ])
  verdict('two clients do not hold one request', false, [
    call('one', 1, 2, add('x'), isNew),
    call('one', 3, 6, lock(a), got('x')),
    call('two', 4, 5, lock(b), got('x')),
  ])
  verdict('they may one after the other, when the lock ran out while the second one asked', true, [
    call('one', 1, 2, add('x'), isNew),
    call('one', 3, 4, lock(a), got('x')),
    call('two', 5, 6, lock(b), got('x'), [at, at + 100]),
  ])
  verdict('not before that', false, [
    call('one', 1, 2, add('x'), isNew),
    call('one', 3, 4, lock(a), got('x')),
    call('two', 5, 6, lock(b), got('x'), [at, at + 99]),
  ])
  verdict('time does not go back from one change to the next', false, [
    call('one', 1, 2, add('x'), isNew),
    call('one', 3, 4, lock(a), got('x')),
    call('two', 5, 8, lock(b), { ...got('x'), lockExpiresAt: at + 200 }, [at, at + 100]),
    call(
      'one',
      6,
      9,
      { do: 'prolongLock', by: a, key: 'x', lockMs: 50, side: undefined },
      { lockExpiresAt: at + 50 },
      [at, at + 100],
    ),
    call('one', 10, 11, { do: 'getRequest', key: 'x' }, { lockExpiresAt: at + 50 }, [at + 100]),
  ])
})

function verdict(name: string, isPossible: boolean, history: readonly RecordedCall[]): void {
  test(name, () => {
    assert.equal(check(history, [emptyQueue(at)]) === null, isPossible)
    assert.equal(shortestFailure(history, emptyQueue(at)) === null, isPossible)
  })
}

function call(
  caller: string,
  startedAt: number,
  endedAt: number,
  what: Call,
  answer: Answer,
  times = [at],
): RecordedCall {
  return { caller, call: what, answer, startedAt, endedAt, times }
}
