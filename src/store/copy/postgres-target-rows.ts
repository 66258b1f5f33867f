/** Reads existing rows of a target, and writes new ones. */

import type { Client } from 'pg'
import { OperatorError } from '../../domain/operator-error.ts'
import { foldedName } from '../../domain/queue.ts'
import { type ClientRow, clientColumns, clientNames } from '../columns/clients.ts'
import { namesOf, type RowOf, valuesAt } from '../columns/column.ts'
import { type GroupRow, groupColumns, groupRowNames } from '../columns/groups.ts'
import { queueNames } from '../columns/queues.ts'
import { type RequestRow, requestColumns, requestNames } from '../columns/requests.ts'
import { ownQueueColumns, readQueueRow, storedQueueName, toStored } from '../postgres/columns.ts'
import { fromText, toText } from '../postgres/encoding/text.ts'
import { unnest } from '../postgres/encoding/unnest.ts'
import { rebuildGroups } from '../postgres/maintenance/rebuild-groups.ts'
import type { CopiedQueueRow, TokenRow, UserRow } from './rows.ts'

const insertRequests = `
  INSERT INTO requests (queue_id, ${requestNames.join(', ')})
  SELECT $1::text, given.* FROM ${unnest(requestColumns, 2)}`

const insertGroups = `
  INSERT INTO groups (queue_id, ${groupRowNames.join(', ')})
  SELECT $1::text, given.* FROM ${unnest(groupColumns, 2)}`

const insertClients = `
  INSERT INTO queue_clients (queue_id, ${clientNames.join(', ')})
  SELECT $1::text, given.* FROM ${unnest(clientColumns, 2)}`

const ownNames = namesOf(ownQueueColumns)
const insertedNames = [...queueNames.map(storedQueueName), 'owner_name', ...ownNames]
const insertQueue = `
  INSERT INTO queues (number, ${insertedNames.join(', ')})
  VALUES (nextval('queue_numbers'), ${insertedNames.map((_, index) => `$${index + 1}`).join(', ')})`
const selectQueues = `
  SELECT ${queueNames.map((name) => `${storedQueueName(name)} AS ${name}`).join(', ')}, shown_at
  FROM queues WHERE queue_id = ANY ($1::text[])`

export async function findUsers(client: Client, users: readonly UserRow[]): Promise<UserRow[]> {
  const { rows } = await client.query<UserRow>(
    `SELECT id, username, created_at FROM users
     WHERE id = ANY ($1::text[]) OR username_folded = ANY ($2::text[])`,
    [users.map(({ id }) => id), users.map(({ username }) => foldedName(username))],
  )
  return rows
}

export async function findTokens(client: Client, tokens: readonly TokenRow[]): Promise<TokenRow[]> {
  const { rows } = await client.query<TokenRow>(
    'SELECT * FROM tokens WHERE id = ANY ($1::text[]) OR token_hash = ANY ($2::text[])',
    [tokens.map(({ id }) => id), tokens.map(({ token_hash }) => token_hash)],
  )
  return rows.map((row) => ({ ...row, label: fromText(row.label), run_id: fromText(row.run_id) }))
}

export async function findQueues(
  client: Client,
  queues: readonly CopiedQueueRow[],
): Promise<CopiedQueueRow[]> {
  const named = queues.filter(({ name }) => name !== null)
  const holders = await client.query<{ queue_id: string }>(
    `SELECT queue_names.queue_id FROM unnest($1::text[], $2::text[]) AS wanted (owner_id, name_folded)
     JOIN queue_names USING (owner_id, name_folded)`,
    [named.map(({ owner_id }) => owner_id), named.map(({ name }) => foldedName(name!))],
  )
  const ids = [...queues.map(({ id }) => id), ...holders.rows.map(({ queue_id }) => queue_id)]
  const { rows } = await client.query<CopiedQueueRow>(selectQueues, [ids])
  return rows.map(readQueueRow)
}

export async function addUsers(client: Client, users: readonly UserRow[]): Promise<void> {
  await client.query(
    `INSERT INTO users (id, username, username_folded, created_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING`,
    [
      users.map(({ id }) => id),
      users.map(({ username }) => username),
      users.map(({ username }) => foldedName(username)),
      users.map(({ created_at }) => created_at),
    ],
  )
}

export async function addTokens(client: Client, tokens: readonly TokenRow[]): Promise<void> {
  await client.query(
    `INSERT INTO tokens (id, user_id, token_hash, label, run_id, read_only, created_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[])
     ON CONFLICT DO NOTHING`,
    [
      tokens.map(({ id }) => id),
      tokens.map(({ user_id }) => user_id),
      tokens.map(({ token_hash }) => token_hash),
      tokens.map(({ label }) => toText(label)),
      tokens.map(({ run_id }) => toText(run_id)),
      tokens.map(({ read_only }) => read_only),
      tokens.map(({ created_at }) => created_at),
    ],
  )
}

export async function addRequests(
  client: Client,
  queueId: string,
  requests: readonly RequestRow[],
): Promise<void> {
  if (requests.length === 0) return
  const arrays = requestNames.map((name) => requests.map((request) => toStored(request[name])))
  await client.query(insertRequests, [queueId, ...arrays])
}

/** Replaces those that an interrupted copy has added. */
export async function addGroups(client: Client, queueId: string, groups: readonly GroupRow[]): Promise<void> {
  const arrays = groupRowNames.map((name) => groups.map((group) => toStored(group[name])))
  await client.query('DELETE FROM groups WHERE queue_id = $1 AND name = ANY ($2::text[])', [
    queueId,
    arrays[0],
  ])
  await client.query(insertGroups, [queueId, ...arrays])
}

/** Replaces those of a queue that had the same ID and was deleted. */
export async function addClients(
  client: Client,
  queueId: string,
  clients: readonly ClientRow[],
): Promise<void> {
  const arrays = clientNames.map((name) => clients.map((each) => toStored(each[name])))
  await client.query('DELETE FROM queue_clients WHERE queue_id = $1', [queueId])
  if (clients.length > 0) await client.query(insertClients, [queueId, ...arrays])
}

/** @throws Error if its owner does not exist, or (23505) if its name is taken */
export async function addQueue(client: Client, queue: CopiedQueueRow): Promise<void> {
  if (queue.name !== null) {
    await client.query('INSERT INTO queue_names (owner_id, name_folded, queue_id) VALUES ($1, $2, $3)', [
      queue.owner_id,
      foldedName(queue.name),
      queue.id,
    ])
  }
  const owners = await client.query<{ username: string }>('SELECT username FROM users WHERE id = $1', [
    queue.owner_id,
  ])
  const [owner] = owners.rows
  if (owner === undefined) {
    throw new OperatorError(`The owner of the queue ${queue.id} is not in the target.`, 'Run the copy again.')
  }
  const own: RowOf<typeof ownQueueColumns> = {
    shown_at: queue.shown_at,
    clock_lead: 0,
    head_from_at: 0,
    head_from_sequence: 0,
    waited_until: 0,
    looked_until: 0,
  }
  const values = valuesAt(queueNames, queue).map(toStored)
  await client.query(insertQueue, [...values, owner.username, ...valuesAt(ownNames, own)])
  if (queue.grouping !== null) await rebuildGroups(client, queue.id, queue.shown_at)
}
