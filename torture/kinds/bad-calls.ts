import { runCampaign } from '../../harness/fuzz/campaign.ts'
import { testPostgresVariable } from '../../harness/test-postgres.ts'
import type { Course, Kind } from '../kind.ts'

/**
 * The number of calls before a fresh server is started. A fault is then found near its cause, and data that
 * grows by design stays small.
 */
const callsPerCampaign = 100_000
const connectionCount = 8

/** Invalid calls of every kind over raw connections, beside a bystander that must not notice. */
export const badCalls: Kind = {
  name: 'bad calls',
  unit: 'calls',
  bar: 1_000_000,
  weight: 5,
  needsPostgres: false,
  run: (course) => mistreat(course, () => []),
}

/** The same with PostgreSQL, because texts that are accepted go into another database. */
export const badCallsPostgres: Kind = {
  name: 'bad calls, PostgreSQL',
  unit: 'calls',
  bar: 50_000,
  weight: 1,
  needsPostgres: true,
  async run(course) {
    const url = process.env[testPostgresVariable]!
    // Each campaign begins with an empty schema.
    await mistreat(course, (campaign) => ['--store', `${url}?schema=bad_calls_${campaign}`])
  },
}

async function mistreat(course: Course, flagsOf: (campaign: number) => readonly string[]): Promise<void> {
  for (let campaign = 1; !course.isOver; campaign++) {
    const seed = course.random.between(0, 2 ** 32 - 1)
    await runCampaign({
      seed,
      callCount: callsPerCampaign,
      connectionCount,
      flags: flagsOf(campaign),
      violated: (what) => course.violated(`${what}\n  in the campaign with seed ${seed}`),
      progress: (calls, acknowledged) => course.done(calls, acknowledged),
      isOver: () => course.isOver,
    })
    if (course.tally.violations.length >= 20) return
  }
}
