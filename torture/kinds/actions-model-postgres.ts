import { actionStepSize } from '../../harness/model/action-commands.ts'
import { openTemporaryPostgresStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runActionModel } from './model.ts'

/** How many comparisons run at once, as in model-postgres.ts. */
const atOnce = 3

/** Random commands with actions and forks in several steps, and restarts between them, compared with the oracle. */
export const actionsModelPostgres: Kind = {
  name: 'model with actions, PostgreSQL',
  unit: 'commands',
  bar: 50_000,
  weight: 8,
  needsPostgres: true,
  async run(course) {
    const open = () => openTemporaryPostgresStore(actionStepSize)
    await Promise.all(Array.from({ length: atOnce }, () => runActionModel(course, open, 25)))
  },
}
