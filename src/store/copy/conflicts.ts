import { OperatorError } from '../../domain/operator-error.ts'
import { foldedName } from '../../domain/queue.ts'
import type { CopySource, CopyTarget } from './ends.ts'
import { type CopiedQueueRow, stateOfQueue, type TokenRow, type UserRow } from './rows.ts'

/** How many conflicts are named. The others are only counted. */
const namedMax = 20

/** How much there is to copy. */
export interface Extent {
  readonly queues: number
  readonly requests: number
}

/**
 * Compares everything except the requests before anything is written.
 *
 * @throws OperatorError that names the conflicts between source and target
 */
export async function findConflicts(source: CopySource, target: CopyTarget): Promise<Extent> {
  const conflicts: string[] = []
  let queues = 0
  let requests = 0
  for await (const step of source.users()) {
    conflicts.push(...conflictsOfUsers(step, await target.findUsers(step)))
  }
  for await (const step of source.tokens()) {
    conflicts.push(...conflictsOfTokens(step, await target.findTokens(step)))
  }
  for await (const step of source.queues()) {
    queues += step.length
    for (const { total_count } of step) requests += total_count
    conflicts.push(...conflictsOfQueues(step, await target.findQueues(step)))
  }
  if (conflicts.length === 0) return { queues, requests }
  const more = conflicts.length - namedMax
  throw new OperatorError(
    [
      `Nothing was copied, because ${target.name} already has conflicting data:`,
      ...conflicts.slice(0, namedMax).map((conflict) => `- ${conflict}`),
      ...(more > 0 ? [`- and ${more} more`] : []),
    ].join('\n'),
    'Copy to an empty target (another directory or schema) on which no server was started yet. Or delete the conflicting ' +
      'data in the target, and run the copy again.',
  )
}

function conflictsOfUsers(users: readonly UserRow[], existing: readonly UserRow[]): string[] {
  const byId = new Map(existing.map((user) => [user.id, user]))
  const byName = new Map(existing.map((user) => [foldedName(user.username), user]))
  return users.flatMap(({ id, username }) => {
    const sameId = byId.get(id)
    if (sameId !== undefined && foldedName(sameId.username) !== foldedName(username)) {
      return `the user with the ID ${id} is ${sameId.username} in the target and ${username} in the source`
    }
    const sameName = byName.get(foldedName(username))
    if (sameName === undefined || sameName.id === id) return []
    return `the user ${username} has the ID ${sameName.id} in the target and ${id} in the source: they are different users`
  })
}

function conflictsOfTokens(tokens: readonly TokenRow[], existing: readonly TokenRow[]): string[] {
  const byId = new Map(existing.map((token) => [token.id, token]))
  const byHash = new Map(existing.map((token) => [token.token_hash, token]))
  return tokens.flatMap((token) => {
    const others = [byId.get(token.id), byHash.get(token.token_hash)]
    return others.every((other) => other === undefined || meanTheSame(token, other))
      ? []
      : `the token with the ID ${token.id} has other permissions in the target`
  })
}

function meanTheSame(one: TokenRow, other: TokenRow): boolean {
  return (
    one.token_hash === other.token_hash &&
    one.user_id === other.user_id &&
    one.run_id === other.run_id &&
    one.read_only === other.read_only
  )
}

function conflictsOfQueues(queues: readonly CopiedQueueRow[], existing: readonly CopiedQueueRow[]): string[] {
  const byId = new Map(existing.map((queue) => [queue.id, queue]))
  const byName = new Map(
    existing.flatMap((queue) => (queue.name === null ? [] : [[nameKey(queue), queue] as const])),
  )
  return queues.flatMap((queue) => {
    const sameId = byId.get(queue.id)
    if (sameId !== undefined) {
      const isSame = stateOfQueue(sameId) === stateOfQueue(queue) && sameId.owner_id === queue.owner_id
      return isSame
        ? []
        : `${titleOf(queue)} is already in the target, and one of the two was changed since it was copied`
    }
    const sameName = queue.name === null ? undefined : byName.get(nameKey(queue))
    return sameName === undefined
      ? []
      : `${titleOf(queue)}: another queue, ${sameName.id}, has its name in the target`
  })
}

function nameKey({ owner_id, name }: CopiedQueueRow): string {
  return `${owner_id} ${foldedName(name ?? '')}`
}

/** The title of a queue, for people. */
export function titleOf({ id, name }: Pick<CopiedQueueRow, 'id' | 'name'>): string {
  return name === null ? `the unnamed queue ${id}` : `the queue ${name} (${id})`
}
