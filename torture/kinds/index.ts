import type { Kind } from '../kind.ts'
import { actionsHistoriesPostgres } from './actions-histories-postgres.ts'
import { actionsHistoriesSqlite } from './actions-histories-sqlite.ts'
import { actionsModelPostgres } from './actions-model-postgres.ts'
import { actionsModelSqlite } from './actions-model-sqlite.ts'
import { backupsUnderLoad } from './backups.ts'
import { badCalls, badCallsPostgres } from './bad-calls.ts'
import { clockJumps } from './clocks.ts'
import { connections } from './connections.ts'
import { failingDisks, fullDisks, slowDisks } from './disks.ts'
import { historiesPostgres } from './histories-postgres.ts'
import { historiesSqlite } from './histories-sqlite.ts'
import { jobKillsOnPostgres, jobKillsOnSqlite } from './job-kills.ts'
import { killsOnPostgres, killsOnSqlite } from './kills.ts'
import { largeBodies } from './large-bodies.ts'
import { modelPostgres } from './model-postgres.ts'
import { modelSqlite } from './model-sqlite.ts'
import { movesOfShards } from './moves.ts'
import { overload } from './overload.ts'
import { policiesHistoriesPostgres } from './policies-histories-postgres.ts'
import { policiesHistoriesSqlite } from './policies-histories-sqlite.ts'
import { policiesModelPostgres } from './policies-model-postgres.ts'
import { policiesModelSqlite } from './policies-model-sqlite.ts'
import { politeKillsOnPostgres, politeKillsOnSqlite } from './polite-kills.ts'
import { politeRestartsOfPostgres } from './polite-restarts.ts'
import { powerCutsOnSqlite } from './power-cuts.ts'
import { restartsOfPostgres } from './restarts.ts'

/** Everything that `npm run torture` runs, in the order of the table. */
export const kinds: readonly Kind[] = [
  modelSqlite,
  modelPostgres,
  historiesSqlite,
  historiesPostgres,
  policiesModelSqlite,
  policiesModelPostgres,
  actionsModelSqlite,
  actionsModelPostgres,
  policiesHistoriesSqlite,
  policiesHistoriesPostgres,
  actionsHistoriesSqlite,
  actionsHistoriesPostgres,
  killsOnSqlite,
  killsOnPostgres,
  politeKillsOnSqlite,
  politeKillsOnPostgres,
  jobKillsOnSqlite,
  jobKillsOnPostgres,
  powerCutsOnSqlite,
  restartsOfPostgres,
  politeRestartsOfPostgres,
  movesOfShards,
  backupsUnderLoad,
  fullDisks,
  slowDisks,
  failingDisks,
  clockJumps,
  badCalls,
  badCallsPostgres,
  connections,
  overload,
  largeBodies,
]
