/** The statements that read the groups of a queue, and their requests. */
import { forefrontRank } from '../../../domain/policy/rank.ts'
import { namesOf } from '../../columns/column.ts'
import { groupColumns } from '../../columns/groups.ts'
import { contentNames } from '../../columns/requests.ts'
import { statement } from '../connection/statement.ts'
import { headColumns, headColumnsWithout, stateColumns } from '../rows.ts'

const columns = namesOf(groupColumns)
  .map((name) => `groups.${name}`)
  .join(', ')

export const selectGroups = statement(
  `SELECT ${columns} FROM groups WHERE queue_id = $1 AND name = ANY ($2::text[])`,
)

/** The group and the place of the first request are those of the row of the group. */
const firstColumns = headColumnsWithout(['group_name', 'available_at', 'sequence'])

/**
 * The first open groups in order, each with its first request, because most calls take no more of it, and with the place of
 * the second one of the same rank, where the group may get that too. Parameters: the queue, the time, how many groups, and
 * how long the list of locks is at most where a group may get two requests.
 */
export const selectOpen = statement(`
  SELECT ${columns}, first.*, second.available_at AS second_at, second.sequence AS second_sequence,
    octet_length(groups.lock_ends) < $4::bigint AS has_sought_second
  FROM (SELECT * FROM groups WHERE queue_id = $1 AND first_at IS NOT NULL
    ORDER BY first_rank, first_at, first_sequence LIMIT $3) AS groups
  LEFT JOIN LATERAL (
    SELECT ${firstColumns} FROM requests
    WHERE queue_id = $1 AND available_at = groups.first_at AND sequence = groups.first_sequence) AS first ON true
  LEFT JOIN LATERAL (
    SELECT available_at, sequence FROM requests
    WHERE queue_id = $1 AND group_name = groups.name AND octet_length(groups.lock_ends) < $4::bigint
      AND (requests.rank, available_at, sequence) > (groups.first_rank, groups.first_at, groups.first_sequence)
      AND (requests.rank, available_at) <= (groups.first_rank, $2::bigint)
    ORDER BY requests.rank, available_at, sequence LIMIT 1) AS second ON true
  ORDER BY groups.first_rank, groups.first_at, groups.first_sequence`)

// Where a group is searched, the rank is compared together with the time, and the order begins with it. So only the index of
// groups has that order. Otherwise a planner that knew few groups takes the index of the order, and reads all requests.

/**
 * What a search finds of groups: one row for each rank, with the first request that is due and the moment of the
 * next one that is not.
 *
 * @param groups SQL for a table named `groups`
 * @param ranks the parameter with the ranks
 * @param now the parameter with the time
 */
function selectSightsOf(groups: string, shown: string, ranks: string, now: string): string {
  const ofGroup = 'queue_id = $1 AND group_name = groups.name'
  const isForefront = `ranks.rank = ${forefrontRank}`
  return `
  SELECT ${shown}, ranks.rank, due.available_at AS due_at, due.sequence AS due_sequence,
    coalesce(-forefront.available_at, later.available_at) AS next_at
  FROM ${groups}
  LEFT JOIN unnest(${ranks}::bigint[]) AS ranks (rank) ON true
  LEFT JOIN LATERAL (
    SELECT available_at, sequence FROM requests
    WHERE ${ofGroup}
      AND (requests.rank, available_at) >= (ranks.rank, CASE WHEN ${isForefront} THEN -${now}::bigint ELSE 0 END)
      AND (requests.rank, available_at) <= (ranks.rank, ${now}::bigint)
    ORDER BY requests.rank, available_at, sequence LIMIT 1) AS due ON true
  LEFT JOIN LATERAL (
    SELECT available_at FROM requests
    WHERE ${ofGroup} AND ${isForefront} AND (requests.rank, available_at) < (ranks.rank, -${now}::bigint)
    ORDER BY requests.rank DESC, available_at DESC, sequence DESC LIMIT 1) AS forefront ON true
  LEFT JOIN LATERAL (
    SELECT available_at FROM requests
    WHERE ${ofGroup} AND NOT ${isForefront} AND (requests.rank, available_at) > (ranks.rank, ${now}::bigint)
      AND requests.rank <= ranks.rank
    ORDER BY requests.rank, available_at, sequence LIMIT 1) AS later ON true`
}

/** Parameters: the queue, the time, the ranks, the names. */
export const selectSights = statement(
  selectSightsOf('unnest($4::text[]) AS groups (name)', 'groups.name', '$3', '$2'),
)

/**
 * Parameters: the queue, the time, the ranks, the moment before which no group is to be looked at, and how many.
 * Entries of the index stay until they are vacuumed, so a search should not begin before that moment.
 */
export const selectToLookAt = statement(
  selectSightsOf(
    `(SELECT ${columns} FROM groups
      WHERE queue_id = $1 AND look_at BETWEEN $4::bigint AND $2::bigint ORDER BY look_at LIMIT $5) AS groups`,
    columns,
    '$3',
    '$2',
  ),
)

/**
 * The first due requests of groups. Parameters: the queue, the time, the ranks; and of each group its name, how many,
 * and the rank, `available_at` and sequence of the first one. Entries of the index stay until they are vacuumed, so a
 * search begins there.
 */
export const selectDueOf = statement(`
  SELECT due.* FROM unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
    AS wanted (name, count_max, first_rank, first_at, first_sequence)
  CROSS JOIN LATERAL (
    SELECT of_rank.*, ranks.rank FROM unnest($3::bigint[]) AS ranks (rank)
    CROSS JOIN LATERAL (
      SELECT ${headColumns} FROM requests
      WHERE queue_id = $1 AND group_name = wanted.name
        AND (requests.rank, available_at, sequence) >= (
          ranks.rank,
          CASE WHEN ranks.rank = wanted.first_rank THEN wanted.first_at
            WHEN ranks.rank = ${forefrontRank} THEN -$2::bigint ELSE 0 END,
          CASE WHEN ranks.rank = wanted.first_rank THEN wanted.first_sequence
            WHEN ranks.rank = ${forefrontRank} THEN ${Number.MIN_SAFE_INTEGER} ELSE 0 END)
        AND (requests.rank, available_at) <= (ranks.rank, $2::bigint)
      ORDER BY requests.rank, available_at, sequence LIMIT wanted.count_max) AS of_rank
    WHERE ranks.rank >= wanted.first_rank
    ORDER BY ranks.rank, available_at, sequence LIMIT wanted.count_max) AS due`)

/** Requests by their places. Parameters: the queue, and both parts of each place. */
export const selectAtPlaces = statement(`
  SELECT ${headColumns} FROM unnest($2::bigint[], $3::bigint[]) AS wanted (at, number)
  CROSS JOIN LATERAL (
    SELECT * FROM requests WHERE queue_id = $1 AND available_at = wanted.at AND sequence = wanted.number) AS requests`)

/** Handled requests come without their other fields, because they get no group. */
const gatheredColumns = `${stateColumns}, method, unique_key, url,
  CASE WHEN handled_at IS NULL THEN other_fields ELSE '' END AS other_fields`
/** Bounds the memory that the requests of one step take. At least one is read. */
export const gatheredBytesMax = 8_000_000

/** Parameters: the queue, the ID after which it begins, and how many. */
export const selectRequestsAfter = statement(`
  SELECT * FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS bytes_before FROM (
      SELECT ${gatheredColumns} FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS next) AS measured
  WHERE bytes_before < ${gatheredBytesMax} ORDER BY id`)
/**
 * Which of the next requests by ID are unhandled and have no group, and the last one of all. Parameters: the queue, the ID
 * after which it begins, and how many.
 */
export const selectUngroupedAfter = statement(`
  SELECT id, bytes, is_ungrouped, count FROM (
    SELECT id, bytes, is_ungrouped, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS count FROM (
      SELECT id, bytes, group_name IS NULL AND available_at IS NOT NULL AS is_ungrouped
      FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS next) AS numbered
  WHERE is_ungrouped OR place = count ORDER BY id`)
/** Parameters: the queue, and the IDs. */
export const selectRequests = statement(`
  SELECT ${gatheredColumns} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`)
/** Unhandled requests by their places. Parameters: the queue, both parts of the place before, and how many. */
export const selectUnhandledAfter = statement(`
  SELECT * FROM (
    SELECT *, sum(bytes) OVER (ORDER BY available_at, sequence) - bytes AS bytes_before FROM (
      SELECT ${gatheredColumns} FROM requests
      WHERE queue_id = $1 AND available_at IS NOT NULL AND (available_at, sequence) > ($2, $3)
      ORDER BY available_at, sequence LIMIT $4) AS next) AS measured
  WHERE bytes_before < ${gatheredBytesMax} ORDER BY available_at, sequence`)
/** All requests that are not handled. Parameters: the queue, and how many at most. */
export const selectUnhandled = statement(`
  SELECT ${gatheredColumns} FROM requests WHERE queue_id = $1 AND available_at IS NOT NULL LIMIT $2`)

/** All handled requests, for a queue with few requests. Parameters: the queue, and how many at most. */
export const selectHandled = statement(`
  SELECT ${gatheredColumns} FROM requests WHERE queue_id = $1 AND handled_at IS NOT NULL ORDER BY id LIMIT $2`)

/** Handled requests that become pending. Parameters: the queue, the time, and how many. */
export const selectToRevisit = statement(`
  SELECT * FROM (
    SELECT *, sum(bytes) OVER (ORDER BY revisit_at, id) - bytes AS bytes_before FROM (
      SELECT ${stateColumns}, method, unique_key, url, other_fields FROM requests
      WHERE queue_id = $1 AND revisit_at <= $2 ORDER BY revisit_at, id LIMIT $3) AS next) AS measured
  WHERE bytes_before < ${gatheredBytesMax} ORDER BY revisit_at, id`)
/** The moments of the first ones, whether they are due or not. Parameters: the queue, and how many. */
export const selectRevisitMoments = statement(`
  SELECT revisit_at FROM requests WHERE queue_id = $1 AND revisit_at IS NOT NULL
  ORDER BY revisit_at, id LIMIT $2`)

export const selectGroupsAfter = statement(`
  SELECT ${columns} FROM groups WHERE queue_id = $1 AND name > $2 ORDER BY name LIMIT $3`)

/** The order is that of the index. Without it, the planner may read all requests to find the few that are left. */
export const selectRequestsInGroups = statement(`
  SELECT ${stateColumns} FROM requests WHERE queue_id = $1 AND group_name IS NOT NULL
  ORDER BY group_name, requests.rank, available_at, sequence LIMIT $2`)

export const selectContents = statement(`
  SELECT id, handled_at, ${contentNames.join(', ')} FROM requests WHERE queue_id = $1 AND id = ANY ($2::text[])`)
