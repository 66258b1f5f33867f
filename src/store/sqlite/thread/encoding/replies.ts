import type { ErrorName, ErrorValues } from '../../../../domain/errors.ts'
import type { OperationName } from '../../operations/index.ts'
import type { Reply } from '../messages.ts'
import type { FlatList, FlatReader } from './flat-list.ts'
import { flatCallOf } from './frequent-calls.ts'

/** @param name of the call */
export function writeReply(to: FlatList, name: OperationName, reply: Reply): void {
  if ('answer' in reply) {
    to.push('answer')
    flatCallOf(name).writeAnswer(to, reply.answer)
  } else if ('refused' in reply) to.push('refused', reply.refused, reply.values)
  else to.push('failed', reply.failed)
}

/** @param name of the call */
export function readReply(from: FlatReader, name: OperationName): Reply {
  const kind = from.next<'answer' | 'refused' | 'failed'>()
  if (kind === 'answer') return { answer: flatCallOf(name).readAnswer(from) }
  if (kind === 'failed') return { failed: from.next() }
  const refused = from.next<ErrorName>()
  const values = from.next<ErrorValues | undefined>()
  return values === undefined ? { refused } : { refused, values }
}
