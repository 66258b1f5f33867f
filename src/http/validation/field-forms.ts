/**
 * Converts the forms in which clients write the fields of a request into the one that answers show. These forms are not
 * refused: clients check little before they send, a refusal hits the whole batch, and a crawl could not mark such a request
 * as handled.
 */
import type { ObjectOrList } from '../api/request-schema.ts'
import { wellFormedJson } from '../api/well-formed.ts'

/** The largest number that clients with 32-bit integers can read. */
const retryCountMax = 2 ** 31 - 1

/** Crawlee sends any number. Every other client needs a whole number from 0, or cannot read the page that contains it. */
export function retryCountOf(count: number | null | undefined): number {
  return Math.min(Math.max(Math.trunc(count ?? 0), 0), retryCountMax)
}

/**
 * Converts an object to JSON. A list becomes an object with the names 0, 1, 2: PHP sends an object with these names as a
 * list, and an empty object too (rule 2.9).
 */
export function objectText(value: ObjectOrList | null | undefined): string {
  if (value === null || value === undefined) return '{}'
  return JSON.stringify(Array.isArray(value) ? { ...value } : value)
}

/**
 * Converts a list to JSON, with strings as its elements. Crawlee reads only strings, but it sends null for an error without
 * a stack, and any thrown value as `message`. Lua and R send an empty list as an empty object.
 */
export function errorMessagesText(messages: ObjectOrList): string {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : Object.values(messages)
  return JSON.stringify(list.every(isText) ? list : list.map(asText))
}

function asText(message: unknown): string {
  // Halves of surrogate pairs would become escapes inside the text.
  return isText(message) ? message : wellFormedJson(JSON.stringify(message))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
