/**
 * The parts of a history: calls of several clients on one queue, each with its start, its end and its answer.
 */
import type { ActionName } from '../../src/domain/actions/actions.ts'
import type { ErrorName } from '../../src/domain/errors.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { Wishes } from '../../src/domain/request.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { Chosen } from '../model/acting.ts'
import type { PolicyDocument } from '../model/policy-document.ts'

/**
 * What a call sends of a request. Each version is sent by one call only, so an answer shows which call was
 * stored.
 */
export interface Sent {
  readonly key: string
  readonly version: number
  readonly handled: boolean
  /** The host of its URL. */
  readonly host?: string
  readonly wishes?: Wishes
}

/** A call on the queue. Requests go by their unique keys. */
export type Call =
  | {
      readonly do: 'addRequests'
      readonly by: Client
      readonly requests: readonly Sent[]
      readonly side: Side
    }
  | { readonly do: 'updateRequest'; readonly by: Client; readonly request: Sent; readonly side: Side }
  | { readonly do: 'deleteRequest'; readonly by: Client; readonly key: string }
  | { readonly do: 'deleteRequests'; readonly by: Client; readonly keys: readonly string[] }
  | { readonly do: 'getRequest'; readonly key: string }
  | { readonly do: 'getQueue' }
  | { readonly do: 'listHead'; readonly by: Client; readonly limit: number }
  | { readonly do: 'lockHead'; readonly by: Client; readonly limit: number; readonly lockMs: Millis }
  | {
      readonly do: 'returnLocks'
      readonly clientKey: string
      readonly keys: readonly string[]
      readonly lockExpiresAt: Millis
    }
  | {
      readonly do: 'prolongLock'
      readonly by: Client
      readonly key: string
      readonly lockMs: Millis
      readonly side: Side | undefined
    }
  | { readonly do: 'deleteLock'; readonly by: Client; readonly key: string; readonly side: Side }
  | { readonly do: 'unlockRequests'; readonly by: Client; readonly hasClientKey: boolean }
  | { readonly do: 'putPolicy'; readonly document: PolicyDocument }
  | { readonly do: 'deletePolicy' }
  | { readonly do: 'setCooldown'; readonly group: string; readonly until: Millis }
  | { readonly do: 'endCooldown'; readonly group: string }
  | ({
      readonly do: 'act'
      readonly action: ActionName
      /** To which it schedules. */
      readonly until: Millis
    } & Chosen)

/** What a history is about: clients alone, with policies that change meanwhile, or with actions of the owner too. */
export type HistoryKind = 'clients' | 'policies' | 'actions'

/**
 * The parts of an answer that are checked, by name. An error has `refused` alone. A part that is missing is
 * not checked.
 */
export type Answer = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/**
 * A queue that performs calls one after the other. It is never changed, only replaced, so the checker can try
 * one order of calls and then another.
 */
export interface HistoryQueue {
  /** The latest time at which a call was performed. */
  readonly now: Millis
  /** Equal for queues that no call can tell apart. */
  readonly text: string
  /** Whether a call on some requests is never affected by the others, apart from their order. */
  readonly requestsAreIndependent: boolean
  /** Whether a head/lock that takes nothing may still mark requests handled (13.12). */
  readonly mayGiveUp: boolean
  /** @param now not before `now`, except for reads that change nothing */
  perform(call: Call, now: Millis): Performed
  /** For people, with times from `zero`. */
  shown(zero: Millis): string
}

export interface Performed {
  /** The same object when the call changes nothing and no time passes. */
  readonly queue: HistoryQueue
  readonly answer: Answer
}

export interface RecordedCall {
  /** The client that made the call. It makes one call after the other. */
  readonly caller: string
  readonly call: Call
  readonly answer: Answer
  /** When it was sent and when it was answered, by a counter that grows with every such event. */
  readonly startedAt: number
  readonly endedAt: number
  /**
   * The times that the clock showed between the two, ascending: one time, or several if the clock was moved
   * meanwhile.
   */
  readonly times: readonly Millis[]
}

export function refusal(errorName: ErrorName): Answer {
  return { refused: errorName }
}

/** Whether the answer is the expected one, in the parts that are checked. */
export function fits(expected: Answer, seen: Answer): boolean {
  if ('refused' in expected !== 'refused' in seen) return false
  for (const name in seen) {
    const value = seen[name]!
    const wanted = expected[name]
    if (value === wanted) continue
    if (!Array.isArray(value) || !Array.isArray(wanted) || value.length !== wanted.length) return false
    for (let index = 0; index < value.length; index++) if (value[index] !== wanted[index]) return false
  }
  return true
}

/** The text for a request that a head call returned. */
export function itemText(key: string, version: number): string {
  return `${key}#${version}`
}

export function keyOfItem(item: string): string {
  return item.slice(0, item.lastIndexOf('#'))
}
