import { type MoreToLookAt, moreToLookAt } from '../../../operations/hand-out/take-by-groups.ts'
import type { LockedHead } from '../../../params/head-and-locks.ts'
import type { AddedRequest, UpdatedRequest } from '../../../params/requests.ts'
import { hasMoreToLookAt } from '../../../steps/look.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../../operations/index.ts'
import {
  readClientCall,
  readContent,
  readHeadItem,
  writeClientCall,
  writeContent,
  writeHeadItem,
} from './call-parts.ts'
import type { Complete, FlatList, FlatReader } from './flat-list.ts'

/** How a call and its answer are written as values in a row. Each function for reading reads what the other one writes. */
export interface FlatCall<Params, Answer> {
  writeParams(to: FlatList, params: Params): void
  readParams(from: FlatReader): Params
  writeAnswer(to: FlatList, answer: Answer): void
  readAnswer(from: FlatReader): Answer
}

type FlatCalls = {
  readonly [Name in OperationName]?: FlatCall<ParamsOf<Name>, AnswerOf<Name>>
}

/** The calls that crawlers make all the time. All others go as the objects that they are. */
const frequentCalls = {
  addRequests: {
    writeParams(to, params) {
      writeClientCall(to, params)
      to.push(params.side, params.requests.length)
      for (const content of params.requests) writeContent(to, content)
    },
    readParams(from): Complete<ParamsOf<'addRequests'>> {
      const call = readClientCall(from)
      return { ...call, side: from.next(), requests: readEach(from, readContent) }
    },
    writeAnswer(to, answer) {
      to.push(answer.length)
      for (const added of answer) {
        to.push(added.uniqueKey)
        writeUpdated(to, added)
      }
    },
    readAnswer: (from) => readEach(from, readAdded),
  },
  updateRequest: {
    writeParams(to, params) {
      writeClientCall(to, params)
      to.push(params.side)
      writeContent(to, params.request)
    },
    readParams(from): Complete<ParamsOf<'updateRequest'>> {
      const call = readClientCall(from)
      return { ...call, side: from.next(), request: readContent(from) }
    },
    writeAnswer: writeUpdated,
    readAnswer: readUpdated,
  },
  lockHead: {
    writeParams(to, params) {
      writeClientCall(to, params)
      to.push(params.limit, params.lockMs)
    },
    readParams(from): Complete<ParamsOf<'lockHead'>> {
      const call = readClientCall(from)
      return { ...call, limit: from.next(), lockMs: from.next() }
    },
    writeAnswer(to, answer) {
      if (hasMoreToLookAt(answer)) {
        to.push(null)
        return
      }
      to.push(
        answer.queueId,
        answer.lockExpiresAt,
        answer.queueModifiedAt,
        answer.hadMultipleClients,
        answer.queueHasLockedRequests,
        answer.items.length,
      )
      for (const item of answer.items) writeHeadItem(to, item)
    },
    readAnswer(from): Complete<LockedHead> | MoreToLookAt {
      const queueId = from.next<string | null>()
      if (queueId === null) return moreToLookAt
      return {
        queueId,
        lockExpiresAt: from.next(),
        queueModifiedAt: from.next(),
        hadMultipleClients: from.next(),
        queueHasLockedRequests: from.next(),
        items: readEach(from, readHeadItem),
      }
    },
  },
  prolongLock: {
    writeParams(to, params) {
      writeClientCall(to, params)
      to.push(params.requestId, params.lockMs, params.side)
    },
    readParams(from): Complete<ParamsOf<'prolongLock'>> {
      const call = readClientCall(from)
      return { ...call, requestId: from.next(), lockMs: from.next(), side: from.next() }
    },
    writeAnswer(to, { lockExpiresAt }) {
      to.push(lockExpiresAt)
    },
    readAnswer: (from): Complete<AnswerOf<'prolongLock'>> => ({ lockExpiresAt: from.next() }),
  },
  deleteLock: {
    writeParams(to, params) {
      writeClientCall(to, params)
      to.push(params.requestId, params.side)
    },
    readParams(from): Complete<ParamsOf<'deleteLock'>> {
      const call = readClientCall(from)
      return { ...call, requestId: from.next(), side: from.next() }
    },
    writeAnswer() {},
    readAnswer() {},
  },
} satisfies FlatCalls

/** Objects, as V8 copies them. */
const asObject: FlatCall<unknown, unknown> = {
  writeParams(to, params) {
    to.push(params)
  },
  readParams: (from) => from.next(),
  writeAnswer(to, answer) {
    to.push(answer)
  },
  readAnswer: (from) => from.next(),
}

const byName = new Map(Object.entries(frequentCalls)) as ReadonlyMap<string, FlatCall<unknown, unknown>>

/** How the call with this name is written. */
export function flatCallOf(name: OperationName): FlatCall<unknown, unknown> {
  return byName.get(name) ?? asObject
}

/** What became of the request is one number: 1 if it was there, and 2 more if it was handled. */
function writeUpdated(
  to: FlatList,
  { requestId, wasAlreadyPresent, wasAlreadyHandled }: UpdatedRequest,
): void {
  to.push(requestId, (wasAlreadyPresent ? 1 : 0) + (wasAlreadyHandled ? 2 : 0))
}

function readUpdated(from: FlatReader): Complete<UpdatedRequest> {
  const requestId = from.next<string>()
  const outcome = from.next<number>()
  return { requestId, wasAlreadyPresent: (outcome & 1) !== 0, wasAlreadyHandled: (outcome & 2) !== 0 }
}

function readAdded(from: FlatReader): Complete<AddedRequest> {
  const uniqueKey = from.next<string>()
  const { requestId, wasAlreadyPresent, wasAlreadyHandled } = readUpdated(from)
  return { requestId, uniqueKey, wasAlreadyPresent, wasAlreadyHandled }
}

function readEach<Item>(from: FlatReader, read: (from: FlatReader) => Item): Item[] {
  const length = from.next<number>()
  const items: Item[] = []
  while (items.length < length) items.push(read(from))
  return items
}
