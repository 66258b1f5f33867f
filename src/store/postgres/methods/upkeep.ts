import { stepJobs } from '../../jobs/run-jobs.ts'
import type { UpkeepMethods } from '../../methods/upkeep.ts'
import { withRetries } from '../connection/retries.ts'
import { deleteEndedJobs } from '../jobs/job-rows.ts'
import { check } from '../maintenance/check.ts'
import { queuesToRevisit } from '../reads/queues-to-revisit.ts'
import type { PostgresParts } from './parts.ts'

/** How often to look for jobs that ended long ago. */
const deleteEveryMs = 10_000

export function upkeepMethods(parts: PostgresParts): UpkeepMethods {
  const { database, clock, queues, purges, batchers, background, jobs, walks } = parts
  /** By `performance.now()`. */
  let nextJobDeletionAt = 0
  return {
    async expireQueues({ retentionMs }) {
      await background.save()
      const expired = await queues.expire(retentionMs)
      if (expired > 0) purges.start()
      return expired
    },

    /** One step for each queue in which requests are due. */
    async revisitRequests() {
      let some = false
      for (const queueId of await queuesToRevisit(database, await queues.now())) {
        if (await withRetries(() => batchers.revisit(queueId))) some = true
      }
      return some
    },

    async continueJobs() {
      if (performance.now() >= nextJobDeletionAt) {
        await deleteEndedJobs(database, await queues.now())
        nextJobDeletionAt = performance.now() + deleteEveryMs
      }
      return stepJobs(jobs, walks)
    },

    async check() {
      await background.save()
      return withRetries(() => check(database, clock))
    },

    // Reads the clock, so that this server knows the database's time from now on (3.7).
    async ping() {
      await queues.now()
    },

    close: () => parts.close(),
  }
}
