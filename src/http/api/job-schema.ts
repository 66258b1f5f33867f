import { Type } from 'typebox'
import { actionNames } from '../../domain/actions/actions.ts'
import { toIso } from '../../domain/time.ts'
import type { JobView } from '../../store/params/jobs.ts'
import { time } from './schemas.ts'

const nullable = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

export const Job = Type.Object(
  {
    id: Type.String(),
    kind: Type.Enum(['action', 'fork'], { type: 'string' }),
    action: Type.Union([Type.Enum([...actionNames], { type: 'string' }), Type.Null()], {
      description: 'What it does. Null for a fork.',
    }),
    dryRun: Type.Boolean({ description: 'Whether it only counts.' }),
    queueId: Type.String({ description: 'The queue that it changes; of a fork, the new one.' }),
    sourceQueueId: Type.Union([Type.String(), Type.Null()], {
      description: 'The queue that a fork copies from. Null for an action.',
    }),
    state: Type.Enum(['running', 'done', 'stopped', 'failed'], { type: 'string' }),
    matched: count('How many requests it came to so far; when it is done, how many it found.'),
    done: count('How many of them were changed or copied.'),
    total: count('About how many requests are meant in all. Exact when the job is done.'),
    perSecond: Type.Number({ minimum: 0, description: 'How many requests it looked at each second.' }),
    startedAt: time('When it began.'),
    endedAt: nullable('When it ended. Null: it runs.'),
    problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it failed.' }),
  },
  { $id: 'Job', description: 'Work on many requests.' },
)

export function renderJob(job: JobView) {
  const { isDryRun: dryRun, startedAt, endedAt, readAt, problem, matched, done, total, ...rest } = job
  const secs = Math.max(1, (endedAt ?? readAt) - startedAt) / 1000
  return {
    ...rest,
    dryRun,
    matched,
    done,
    total,
    perSecond: Math.round((matched / secs) * 10) / 10,
    startedAt: toIso(startedAt),
    endedAt: endedAt === null ? null : toIso(endedAt),
    problem,
  }
}
