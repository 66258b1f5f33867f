import { sql as initial } from './0001-initial.ts'
import { sql as policies } from './0002-policies.ts'
import { sql as wishes } from './0003-wishes.ts'
import { sql as groups } from './0004-groups.ts'
import { sql as revisits } from './0005-revisits.ts'
import { sql as queueFigures } from './0006-queue-figures.ts'
import { sql as histories } from './0007-histories.ts'
import { sql as groupNumbers } from './0008-group-numbers.ts'
import { sql as failures } from './0009-failures.ts'
import { sql as jobs } from './0010-jobs.ts'
import { sql as queueClients } from './0011-queue-clients.ts'
import { sql as deletedQueues } from './0012-deleted-queues.ts'

/**
 * In the order in which they run. The schema version of a file is the number of migrations that have run on
 * it.
 */
export const migrations: readonly string[] = [
  initial,
  policies,
  wishes,
  groups,
  revisits,
  queueFigures,
  histories,
  groupNumbers,
  failures,
  jobs,
  queueClients,
  deletedQueues,
]
