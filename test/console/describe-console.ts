/** The console in a real browser, on both stores: each task of people who work with queues, from the first click to what the API then says. */
import { after, before, describe, test } from 'node:test'
import { noBrowser } from '../../harness/console/chromium.ts'
import { ConsoleBench, type StoreKind } from '../../harness/console/console-bench.ts'
import { accessibilityTasks } from './tasks/accessibility.ts'
import { actionTasks } from './tasks/actions.ts'
import { firstViewTasks } from './tasks/first-view.ts'
import { forkTasks } from './tasks/forks.ts'
import { hostileTasks } from './tasks/hostile.ts'
import { jobTasks } from './tasks/jobs.ts'
import { keyboardTasks } from './tasks/keyboard.ts'
import { liveTasks } from './tasks/live.ts'
import { policyTasks } from './tasks/policy.ts'
import { queueTasks } from './tasks/queues.ts'
import { requestTasks } from './tasks/requests.ts'
import { runTasks } from './tasks/runs.ts'
import { serverTasks } from './tasks/server.ts'
import { signInTasks } from './tasks/sign-in.ts'
import type { Tasks } from './tasks/tasks.ts'

const tasks: Tasks = {
  ...queueTasks,
  ...requestTasks,
  ...actionTasks,
  ...forkTasks,
  ...policyTasks,
  ...keyboardTasks,
  ...liveTasks,
}

/** Tasks that no store makes a difference to. */
const tasksOnce: Tasks = { ...accessibilityTasks, ...signInTasks, ...hostileTasks, ...runTasks }

const tasksAtOnce = 3

/** Registers all tasks on one kind of store. One browser and one server serve them. */
export function describeConsole(kind: StoreKind): void {
  // One line says why all of them are skipped.
  if (noBrowser) return void test(`the console on ${kind}`, { skip: noBrowser }, () => {})
  describe(`the console on ${kind}`, () => {
    let bench: ConsoleBench
    before(async () => {
      bench = await ConsoleBench.start(kind)
    })
    after(() => bench?.close())
    // The first view is measured before anything else has filled the caches, and with nothing beside it.
    if (kind === 'sqlite')
      for (const [name, task] of Object.entries(firstViewTasks)) test(name, () => task(bench))
    // The longest first, so that none is left over at the end.
    const all = { ...jobTasks, ...(kind === 'sqlite' ? tasksOnce : {}), ...tasks }
    // Most of the time they wait for the next second. Each has queues of its own, and a context of the browser.
    describe('tasks', { concurrency: tasksAtOnce }, () => {
      for (const [name, task] of Object.entries(all)) test(name, () => task(bench))
    })
    // They compare sums over all queues, so nothing may change beside them.
    for (const [name, task] of Object.entries(serverTasks)) test(name, () => task(bench))
  })
}
