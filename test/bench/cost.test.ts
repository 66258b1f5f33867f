import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type Cost, costBetween, snapshotOf } from '../../bench/machine/cost.ts'
import {
  disturbanceOf,
  disturbanceSize,
  idleShareOf,
  othersShareOf,
} from '../../bench/machine/disturbance.ts'
import { Proc } from '../../bench/machine/proc.ts'
import { machineTimesOf, processTimesOf, runMsOf } from '../../bench/machine/proc-text.ts'
import { untilQuiet } from '../../bench/machine/quiet.ts'

/** Of a process or thread, with a name that has all in it that a name can have. */
function statText(pid: number, parent: number, [user, system, childrenUser, childrenSystem]: number[]) {
  const zeros = (count: number) => '0 '.repeat(count)
  return `${pid} (a ) (b) S 7) S ${parent} ${zeros(9)}${user} ${system} ${childrenUser} ${childrenSystem} ${zeros(30)}`
}

/** A directory like /proc, with these files. */
function procWith(t: TestContext, files: Readonly<Record<string, string>>): Proc {
  const directory = mkdtempSync(join(tmpdir(), 'headlock-proc-'))
  t.after(() => rmSync(directory, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  return new Proc(directory)
}

const machineText = 'cpu  100 10 20 1000 30 1 2 7 3 0\ncpu0 100 10 20 1000 30 1 2 7 3 0\nintr 1\n'

describe('what /proc says', () => {
  test('of the machine: steal is busy, waiting for a disk is idle', () => {
    assert.deepEqual(machineTimesOf(machineText), { busyMs: 1400, idleMs: 10_300 })
    assert.throws(() => machineTimesOf('intr 1\n'), /not \/proc\/stat/)
  })

  test('of a process, whatever its name is', () => {
    const times = processTimesOf(statText(10, 4, [5, 6, 7, 8]))
    assert.deepEqual(times, { parent: 4, ownMs: 110, endedChildrenMs: 150 })
    assert.throws(() => processTimesOf('10 (node) S 4'), /not the stat/)
  })

  test('of a thread, to the nanosecond, where the kernel counts that', () => {
    assert.equal(runMsOf('376021 1455280 2\n'), 0.376021)
    assert.equal(runMsOf('0 0 0\n'), null)
    assert.equal(runMsOf(''), null)
  })

  test('threads are told apart by their names, and their time is read from either file', (t) => {
    const proc = procWith(t, {
      '50/task/50/comm': 'MainThread\n',
      '50/task/50/schedstat': '2500000 0 1\n',
      '50/task/50/stat': statText(50, 1, [9, 9, 0, 0]),
      '50/task/51/comm': 'headlock-storag\n',
      '50/task/51/schedstat': '0 0 0\n',
      '50/task/51/stat': statText(51, 1, [3, 1, 0, 0]),
    })
    assert.deepEqual(Object.fromEntries(proc.threadsOf(50)), {
      50: { name: 'MainThread', isMain: true, runMs: 2.5 },
      51: { name: 'headlock-storag', isMain: false, runMs: 40 },
    })
    assert.equal(proc.threadsOf(51).size, 0)
    assert.equal(proc.isThere(), false)
  })

  test('a database counts with all that it has started, and what of it has ended', (t) => {
    const proc = procWith(t, {
      '20/stat': statText(20, 1, [1, 1, 5, 5]),
      '21/stat': statText(21, 20, [10, 0, 0, 0]),
      '22/stat': statText(22, 21, [100, 0, 0, 0]),
      '30/stat': statText(30, 1, [1000, 0, 0, 0]),
    })
    assert.equal(proc.treeMs(20), 1220)
  })
})

/** What a server with one thread of HTTP had used at one moment, and the machine with it. */
function filesAt(times: {
  http: number
  storage: number
  helper: number
  load: number
  busy: number
  idle: number
}) {
  const pid = process.pid
  const thread = (of: string, name: string, runMs: number) => ({
    [`${of}/comm`]: `${name}\n`,
    [`${of}/schedstat`]: `${runMs * 1e6} 0 1\n`,
  })
  return {
    stat: `cpu  ${times.busy / 10} 0 0 ${times.idle / 10} 0 0 0 0 0 0\n`,
    [`${pid}/stat`]: statText(pid, 1, [0, 0, 0, 0]),
    ...thread('50/task/50', 'MainThread', times.http),
    ...thread('50/task/51', 'headlock-storag', times.storage),
    ...thread('50/task/52', 'V8Worker', times.helper),
    ...thread('60/task/60', 'MainThread', times.load),
  }
}

const watched = { servers: [50], database: null, load: [60] }

describe('cost', () => {
  test('is split by what threads do, and the rest belongs to other processes', (t) => {
    const before = procWith(
      t,
      filesAt({ http: 100, storage: 10, helper: 5, load: 50, busy: 1000, idle: 500 }),
    )
    const after = procWith(
      t,
      filesAt({ http: 900, storage: 410, helper: 105, load: 350, busy: 2900, idle: 600 }),
    )
    const cost = costBetween(snapshotOf(before, watched), snapshotOf(after, watched))
    assert.deepEqual(cost.partMs, { http: 800, storage: 400, helpers: 100, load: 300 })
    assert.equal(cost.busiestLoadMs, 300)
    assert.equal(cost.othersMs, 300)
    assert.equal(cost.idleMs, 100)
  })

  test('with several HTTP threads counts the main thread as a helper', (t) => {
    const files = filesAt({ http: 100, storage: 10, helper: 5, load: 50, busy: 1000, idle: 500 })
    const proc = procWith(t, { ...files, '50/task/52/comm': 'headlock-http-1\n' })
    const parts = [...snapshotOf(proc, watched).threads.values()].map(({ name, part }) => [name, part])
    assert.deepEqual(parts, [
      ['MainThread', 'helpers'],
      ['headlock-storag', 'storage'],
      ['headlock-http-1', 'http'],
      ['MainThread', 'load'],
    ])
  })
})

const quietCost: Cost = {
  wallMs: 1000,
  partMs: { http: 900, storage: 300, helpers: 100, load: 500 },
  busiestLoadMs: 500,
  othersMs: 40,
  idleMs: 160,
}

describe('disturbance', () => {
  test('a load over 70% of a core, or others over 5% of the machine', () => {
    assert.equal(othersShareOf(quietCost), 0.02)
    assert.equal(idleShareOf(quietCost), 0.08)
    assert.equal(disturbanceOf(quietCost), null)
    assert.deepEqual(disturbanceOf({ ...quietCost, busiestLoadMs: 701 }), {
      loadWasBusy: true,
      othersWereBusy: false,
    })
    assert.deepEqual(disturbanceOf({ ...quietCost, othersMs: 120 }), {
      loadWasBusy: false,
      othersWereBusy: true,
    })
    assert.ok(disturbanceSize({ ...quietCost, othersMs: 120 }) > 1)
    assert.ok(disturbanceSize(quietCost) < 1)
  })

  test('waits until the machine is quiet, and not for ever', async () => {
    const waits = async (busyShares: readonly number[]) => {
      let looks = 0
      let busyMs = 0
      let idleMs = 0
      await untilQuiet({
        times: () => ({ busyMs, idleMs }),
        async pass(waitMs) {
          const share = busyShares[Math.min(looks++, busyShares.length - 1)]!
          busyMs += share * waitMs
          idleMs += (1 - share) * waitMs
        },
      })
      return looks
    }
    assert.equal(await waits([0.01]), 1)
    assert.equal(await waits([0.9, 0.5, 0.04]), 3)
    assert.equal(await waits([0.9]), 20)
  })
})
