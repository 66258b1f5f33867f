import type { ClientBase } from 'pg'
import { queryWithTimeout } from '../connection/bounded-query.ts'

/** On every node, because few write to them and all read them. */
const referenceTables = ['users', 'tokens', 'queue_names', 'schema_version']
/** Spread by `queue_id`, the rows of a queue on one node. */
const distributedTables = [
  'queues',
  'requests',
  'groups',
  'queue_figures',
  'queue_clients',
  'jobs',
  'purges',
  'deleted_queues',
]

interface TableRow {
  readonly name: string
  readonly isReference: boolean
  readonly isByQueue: boolean
  readonly colocation: number | null
}

interface SetupRow {
  readonly workers: number
  readonly hasNumbers: boolean
  readonly hasStatistics: boolean
  readonly hasVersionKey: boolean
  /** Also where no table is distributed. */
  readonly isOnCoordinator: boolean
}

const selectTables = `
  SELECT relname AS name, coalesce(repmodel = 't', false) AS "isReference",
    coalesce(partmethod = 'h' AND column_to_column_name(logicalrelid, partkey) = 'queue_id', false) AS "isByQueue",
    colocationid AS colocation
  FROM pg_class LEFT JOIN pg_dist_partition ON logicalrelid = pg_class.oid
  WHERE relnamespace = current_schema()::regnamespace AND relname = ANY ($1::name[])
  ORDER BY relname`

const selectSetup = `
  SELECT
    (SELECT count(*) FROM pg_dist_node WHERE isactive AND groupid <> 0) AS workers,
    EXISTS (SELECT FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
      WHERE adrelid = 'queues'::regclass AND attname = 'number') AS "hasNumbers",
    EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'requests'::regclass AND attname = 'queue_id'
      AND coalesce(attstattarget, -1) <> 0) AS "hasStatistics",
    EXISTS (SELECT FROM pg_index WHERE indrelid = 'schema_version'::regclass AND indisprimary) AS "hasVersionKey",
    NOT EXISTS (SELECT FROM pg_dist_shard JOIN pg_dist_placement USING (shardid)
      WHERE logicalrelid = 'queues'::regclass AND groupid <> 0) AS "isOnCoordinator"`

/**
 * In words, what of the set-up of a cluster is missing (docs/scaling.md); null where nothing is, and where the extension Citus is not
 * there.
 */
export async function clusterRiskOf(client: ClientBase): Promise<string | null> {
  const { rows: extension } = await queryWithTimeout(
    client,
    "SELECT FROM pg_extension WHERE extname = 'citus'",
  )
  if (extension.length === 0) return null
  const tables = [...referenceTables, ...distributedTables]
  const { rows } = await queryWithTimeout<TableRow>(client, selectTables, [tables])
  const { rows: setup } = await queryWithTimeout<SetupRow>(client, selectSetup)
  const missing = missingOf(rows, setup[0]!)
  if (missing.length === 0) return null
  return (
    `this database has the extension Citus, and is not set up as docs/scaling.md says: ${missing.join('; ')}. ` +
    'Do what is missing on the coordinator while no server runs, or drop the extension.'
  )
}

function missingOf(tables: readonly TableRow[], setup: SetupRow): string[] {
  const { workers, hasNumbers, hasStatistics, hasVersionKey, isOnCoordinator } = setup
  const missing: string[] = []
  const noReference = tables.filter(({ name, isReference }) => referenceTables.includes(name) && !isReference)
  const notByQueue = tables.filter(({ name, isByQueue }) => distributedTables.includes(name) && !isByQueue)
  const colocation = tables.find(({ name }) => name === 'queues')?.colocation
  const apart = tables.filter(
    ({ isByQueue, colocation: own }) => isByQueue && notByQueue.length === 0 && own !== colocation,
  )
  if (Number(workers) === 0) missing.push('no worker node was added (citus_add_node)')
  if (noReference.length > 0) missing.push(`${namesOf(noReference)}: not made a reference table`)
  if (notByQueue.length > 0) missing.push(`${namesOf(notByQueue)}: not distributed by queue_id`)
  if (apart.length > 0) missing.push(`${namesOf(apart)}: not colocated with queues`)
  if (Number(workers) > 0 && notByQueue.length === 0 && isOnCoordinator) {
    missing.push('all shards are on the coordinator (citus_rebalance_start)')
  }
  if (!hasVersionKey) {
    missing.push('schema_version: without the key that citus_rebalance_start needs for a new node')
  }
  if (!hasNumbers) missing.push('queues.number: without the default that workers need')
  if (hasStatistics) missing.push('requests.queue_id: with statistics, by which workers choose slow plans')
  return missing
}

function namesOf(tables: readonly TableRow[]): string {
  return tables.map(({ name }) => name).join(', ')
}
