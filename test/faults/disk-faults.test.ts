import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { failingDisk, hasStrace } from '../../harness/faults/disk-faults.ts'
import { processState } from '../../harness/faults/process-state.ts'
import { Random } from '../../harness/random.ts'
import { within } from '../../harness/within.ts'

/** Several threads that do something, as those of a server. */
const program = `
  const { Worker } = require('node:worker_threads')
  const work = 'setInterval(() => require("node:fs").readFileSync(process.execPath), 1)'
  for (let count = 0; count < 4; count++) new Worker(work, { eval: true })
  console.log('up')
`

if (hasStrace()) {
  test('a process that dies while strace detaches is really gone afterwards', async (t) => {
    const random = new Random()
    t.diagnostic(`seed ${random.seed}`)
    // Every other time strace, which puts the fault on it, then waits for ever for one of its threads.
    for (let time = 0; time < 10; time++) {
      const target = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
      const gone = once(target, 'exit')
      await once(target.stdout, 'data')
      const over = await failingDisk.begin(target.pid!, '', random)
      target.kill('SIGKILL')
      for (let turn = 0; turn < time; turn++) await nextTurn()
      await within('its end', Promise.all([over(), gone]), () => processState(target.pid!))
    }
  })
}
