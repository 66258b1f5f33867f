/**
 * Measures how long a policy takes to come into force on a large queue while 16 clients work on it, and how long calls wait
 * meanwhile: `node bench/building.ts sqlite|postgres [REQUESTS [HOSTS [CONTROL SECONDS]]]`. First the same load runs
 * without a new policy, as a control. The output has the longest waits of each kind of call, and what the store and the
 * machine did during the ten longest.
 */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel, isMainThread, Worker } from 'node:worker_threads'
import { policyOf } from '../src/domain/policy/document.ts'
import { recordSteps } from './building/recorded-steps.ts'
import { channelName, duringOf, type Happening, nowMs } from './building/recording.ts'
import { lengthOf, type Waits } from './building/waits.ts'
import type { WatchStart } from './building/watch.worker.ts'
import { waitsDuring } from './building/work.ts'
import { Proc } from './machine/proc.ts'
import type { QueueById } from './waits/cases.ts'
import { openPostgres, openSqlite } from './waits/places.ts'

const boundMs = 50
const shownMax = 10
const policy = { rules: [{ hosts: ['*'], concurrency: 2 }] }

async function measure(kind: string, count: number, hostCount: number, controlMs: number): Promise<void> {
  const happenings: Happening[] = []
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = (event) => happenings.push(...(event as { readonly data: Happening[] }).data)
  const stepsMs = kind === 'postgres' ? recordSteps(happenings) : []
  const opened = await (kind === 'postgres' ? openPostgres : openSqlite)(3)
  const { filler, userId, queueIds, open, close, database } = opened
  const [ask, controlAsk, elsewhere] = queueIds.map((queueId) => ({ userId, queue: { queueId } })) as Asks
  try {
    await filler.rows({ queueId: queueIds[0]!, count, what: 'pending', hostCount })
    const controlCount = Math.ceil(count / 3)
    await filler.rows({ queueId: queueIds[1]!, count: controlCount, what: 'pending', hostCount })
    await filler.finish()
    const store = await open()
    const workerData: WatchStart = { databaseUrl: database?.url ?? null, databasePid: database?.pid ?? null }
    const watch = new Worker(new URL('./building/watch.worker.ts', import.meta.url), {
      workerData,
      name: 'watch',
    })
    await sleep(2000)
    try {
      const controlBeganMs = nowMs()
      const control = await waitsDuring(store, controlAsk, elsewhere, () => sleep(controlMs))
      await report('without a new policy', control, controlBeganMs, happenings)
      const usedBefore = usedMs(database?.pid ?? null)
      const before = nowMs()
      const waits = await waitsDuring(store, ask, elsewhere, async () => {
        await store.putPolicy({ ...ask, document: policy, policy: policyOf(policy), version: null })
        console.log(`putPolicy answered after ${(nowMs() - before).toFixed(0)} ms`)
        for (let shown = -1; ; ) {
          const { state, progress } = await store.getPolicy(ask)
          if (state === 'active') return
          const tenth = Math.floor((10 * progress!.done) / Math.max(1, progress!.total))
          if (tenth !== shown) console.log(`${secondsSince(before)}: ${progress!.done} of ${progress!.total}`)
          shown = tenth
          await sleep(100)
        }
      })
      console.log(`active after ${secondsSince(before)}`)
      const used = [...usedMs(database?.pid ?? null)].map(
        ([name, ms]) => `${name} ${((ms - (usedBefore.get(name) ?? 0)) / 1000).toFixed(1)} s`,
      )
      console.log(`processor time: ${used.join(', ')}`)
      if (stepsMs.length > 0) {
        const sorted = stepsMs.toSorted((a, b) => a - b)
        const [median, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!]
        console.log(`${sorted.length} steps, median ${median.toFixed(1)}, longest ${longest.toFixed(1)} ms`)
      }
      await report('while the policy comes into force', waits, before, happenings)
    } finally {
      await watch.terminate()
      await store.close()
    }
  } finally {
    channel.close()
    await close()
  }
}

type Asks = [policy: QueueById, control: QueueById, elsewhere: QueueById]

async function report(title: string, waits: Waits, beganMs: number, happenings: Happening[]): Promise<void> {
  // Threads send what they have recorded ten times a second.
  await sleep(500)
  console.log(`\n| ${title} | calls | median ms | 99.9% | longest | above ${boundMs} |`)
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const [call, ms] of waits.lengths()) {
    const at = (share: number) => ms[Math.min(ms.length - 1, Math.floor(share * ms.length))]!.toFixed(1)
    const above = ms.filter((each) => each > boundMs).length
    console.log(`| ${call} | ${ms.length} | ${at(0.5)} | ${at(0.999)} | ${at(1)} | ${above} |`)
  }
  console.log()
  for (const wait of waits.longest(shownMax)) {
    const { call, beginMs, endMs } = wait
    console.log(`- ${((beginMs - beganMs) / 1000).toFixed(2)} s: ${call}, ${lengthOf(wait).toFixed(0)} ms`)
    for (const text of duringOf(happenings, beginMs, endMs, 8)) console.log(`  - ${text}`)
  }
  happenings.length = 0
}

/** The processor time of the threads of this process by their names, and of PostgreSQL. */
function usedMs(databasePid: number | null): Map<string, number> {
  const proc = new Proc()
  const used = new Map<string, number>()
  for (const { name, runMs } of proc.threadsOf(process.pid).values()) {
    used.set(name, (used.get(name) ?? 0) + runMs)
  }
  if (databasePid !== null) used.set('PostgreSQL', proc.treeMs(databasePid))
  return used
}

function secondsSince(beginMs: number): string {
  return `${((nowMs() - beginMs) / 1000).toFixed(1)} s`
}

const recorder = new URL('./building/recorder.ts', import.meta.url).href
if (isMainThread && !process.execArgv.includes(`--import=${recorder}`)) {
  // Only a preloaded module is there before the store's, in every thread.
  const args = [`--import=${recorder}`, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
} else {
  const [kind = 'sqlite', count = '1000000', hosts = '100000', controlSecs = '30'] = process.argv.slice(2)
  await measure(kind, Number(count), Number(hosts), 1000 * Number(controlSecs))
}
