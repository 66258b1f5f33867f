/**
 * The forms in which clients write the fields of a request, made into the one in which answers show them. Clients check
 * little before they send, a refusal takes the whole batch along, and a crawl cannot mark as handled what is refused.
 */
import type { ObjectOrList } from '../api/request-schema.ts'
import { wellFormedJson } from '../api/well-formed.ts'

/** The largest that clients with 32 bits for it can read. */
const retryCountMax = 2 ** 31 - 1

/** Crawlee only wants a number; every other client reads a whole one from 0, or cannot read the page it is on. */
export function retryCountOf(count: number | null | undefined): number {
  return Math.min(Math.max(Math.trunc(count ?? 0), 0), retryCountMax)
}

/**
 * As JSON. A list becomes the object that has its elements under 0, 1, 2: PHP makes a list of an object with these names,
 * and of an empty one (rule 2.9).
 */
export function objectText(value: ObjectOrList | null | undefined): string {
  if (value === null || value === undefined) return '{}'
  return JSON.stringify(Array.isArray(value) ? { ...value } : value)
}

/**
 * As JSON, a list of strings: Crawlee cannot read others, but it sends null for an error without a stack, and whatever
 * somebody threw as `message`. In Lua and R an empty list is an empty object.
 */
export function errorMessagesText(messages: ObjectOrList): string {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : Object.values(messages)
  return JSON.stringify(list.every(isText) ? list : list.map(asText))
}

function asText(message: unknown): string {
  // Halves of pairs would come out as escapes inside of the text.
  return isText(message) ? message : wellFormedJson(JSON.stringify(message))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
