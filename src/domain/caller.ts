/** Who makes a call, and what they may do. */

/** Made once a call, of the token that came with it. */
export interface Caller {
  readonly userId: string
  readonly username: string
  readonly tokenId: string
  /** The run that the token was issued for. */
  readonly runId: string | null
  readonly readOnly: boolean
}

/** What decides whether somebody may use a queue. */
export type QueueUser = Pick<Caller, 'userId'>

/** What decides who may use it. */
export interface OwnedQueue {
  readonly ownerId: string
}

/**
 * What is done to a queue: look at it without leaving a trace, read of it, work with its requests, or change and delete the queue
 * itself.
 */
export type Right = 'inspect' | 'read' | 'write' | 'manage'

type Role = 'owner' | 'stranger'

/** A queue is its owner's alone, as long as queues cannot be shared. */
const rightsOf: Readonly<Record<Role, ReadonlySet<Right>>> = {
  owner: new Set<Right>(['inspect', 'read', 'write', 'manage']),
  stranger: new Set<Right>(),
}

const rightsOfReadOnlyTokens: ReadonlySet<Right> = new Set<Right>(['inspect', 'read'])

/** Whether this user may do that to that queue. Every store asks this, and compares no owner itself. */
export function mayUse(user: QueueUser, queue: OwnedQueue, right: Right): boolean {
  return rightsOf[roleIn(queue, user)].has(right)
}

/** Whether the token of the caller lets them do that to any queue at all. */
export function tokenAllows({ readOnly }: Pick<Caller, 'readOnly'>, right: Right): boolean {
  return !readOnly || rightsOfReadOnlyTokens.has(right)
}

function roleIn({ ownerId }: OwnedQueue, { userId }: QueueUser): Role {
  return ownerId === userId ? 'owner' : 'stranger'
}
