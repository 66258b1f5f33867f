/** Who makes a call, and what they may do. */

/** The caller of one call, as its token says. */
export interface Caller {
  readonly userId: string
  readonly username: string
  readonly tokenId: string
  /** The run that the token was issued for. */
  readonly runId: string | null
  readonly readOnly: boolean
}

/** The part of a caller that decides whether they may use a queue. */
export type QueueUser = Pick<Caller, 'userId'>

/** The part of a queue that decides who may use it. */
export interface OwnedQueue {
  readonly ownerId: string
}

/**
 * What a call does to a queue. `inspect`: read it without leaving a trace. `read`: read it. `write`: work
 * with its requests. `manage`: change or delete the queue itself.
 */
export type Right = 'inspect' | 'read' | 'write' | 'manage'

type Role = 'owner' | 'stranger'

/** Only the owner may use a queue, because queues cannot be shared yet. */
const rightsOf: Readonly<Record<Role, ReadonlySet<Right>>> = {
  owner: new Set<Right>(['inspect', 'read', 'write', 'manage']),
  stranger: new Set<Right>(),
}

const rightsOfReadOnlyTokens: ReadonlySet<Right> = new Set<Right>(['inspect', 'read'])

/**
 * Whether this user has this right on this queue. Every store asks this function, and compares no owners
 * itself.
 */
export function mayUse(user: QueueUser, queue: OwnedQueue, right: Right): boolean {
  return rightsOf[roleIn(queue, user)].has(right)
}

/** Whether the caller's token allows this right on any queue. */
export function tokenAllows({ readOnly }: Pick<Caller, 'readOnly'>, right: Right): boolean {
  return !readOnly || rightsOfReadOnlyTokens.has(right)
}

function roleIn({ ownerId }: OwnedQueue, { userId }: QueueUser): Role {
  return ownerId === userId ? 'owner' : 'stranger'
}
