import { Type } from 'typebox'
import { HeadlockError } from '../../domain/errors.ts'
import { foldedName, generalAccessValues } from '../../domain/queue.ts'
import { invalidInput } from '../errors/errors.ts'
import { queueTitle } from './schemas.ts'
import { shortened } from './well-formed.ts'

/** What a body may say of a queue besides its name. */
export const queueDescription = {
  title: Type.Optional(queueTitle),
  generalAccess: Type.Optional(
    Type.Unsafe<(typeof generalAccessValues)[number] | null>({
      type: ['string', 'null'],
      enum: [...generalAccessValues, null],
      description: 'Kept for other tools; who may read the queue is not decided by it.',
    }),
  ),
}

export interface QueueDescription {
  readonly title?: string | null
  readonly generalAccess?: (typeof generalAccessValues)[number] | null
}

const shownLengthMax = 63

/**
 * The name of the queue that a call is to find or to make (rule 7.5): the one of the query, or else of the body.
 *
 * @returns null when there is none
 * @throws HeadlockError `invalidInput` when there are two, `queueNameInvalid` for an empty one: it would make a queue that
 *   is deleted when nobody uses it for a while
 */
export function queueNameOf(inQuery: string | undefined, inBody: string | null | undefined): string | null {
  const name = inQuery ?? inBody ?? null
  if (name === '') throw new HeadlockError('queueNameInvalid')
  if (typeof inBody === 'string' && name !== null && foldedName(inBody) !== foldedName(name)) {
    const names = [name, inBody].map((each) => JSON.stringify(shortened(each, shownLengthMax)))
    throw invalidInput(`the name is ${names[0]} in the query and ${names[1]} in the body; give one name`)
  }
  return name
}

/** The fields of a body in the form in which they are stored; those that it does not have are left out. */
export function descriptionOf({ title, generalAccess }: QueueDescription): QueueDescription {
  return {
    ...(title === undefined ? {} : { title: title?.toWellFormed() ?? null }),
    ...(generalAccess === undefined ? {} : { generalAccess }),
  }
}
