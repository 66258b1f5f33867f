import { Type } from 'typebox'
import { HeadlockError } from '../../domain/errors.ts'
import { foldedName, generalAccessValues } from '../../domain/queue.ts'
import { invalidInput } from '../errors/errors.ts'
import { queueTitle } from './schemas.ts'
import { shortened } from './well-formed.ts'

/** The fields of a queue that a body may set, besides the name. */
export const queueDescription = {
  title: Type.Optional(queueTitle),
  generalAccess: Type.Optional(
    Type.Unsafe<(typeof generalAccessValues)[number] | null>({
      type: ['string', 'null'],
      enum: [...generalAccessValues, null],
      description: 'Stored for other tools. It does not decide who may read the queue.',
    }),
  ),
}

export interface QueueDescription {
  readonly title?: string | null
  readonly generalAccess?: (typeof generalAccessValues)[number] | null
}

const shownLengthMax = 63

/**
 * Finds the name of the queue to get or create (rule 7.5), in the query or else in the body.
 *
 * @returns null without a name
 * @throws HeadlockError `invalidInput` for two different names, and `queueNameInvalid` for an empty one, because it would
 *   create an unnamed queue, which is deleted when nobody uses it for a while
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

/** Returns the fields of a body in the form in which they are stored, without those that the body does not have. */
export function descriptionOf({ title, generalAccess }: QueueDescription): QueueDescription {
  return {
    ...(title === undefined ? {} : { title: title?.toWellFormed() ?? null }),
    ...(generalAccess === undefined ? {} : { generalAccess }),
  }
}
