/**
 * What the Python client and the Python SDK require of an answer. Their models reject an answer when a
 * required field is missing, null or of another type. The caller's call then fails.
 */
import assert from 'node:assert/strict'

type Check<Type> = (value: unknown, path: string) => Type

export interface Queue {
  readonly id: string
  readonly name?: string | null
  readonly totalRequestCount: number
  readonly handledRequestCount: number
  readonly pendingRequestCount: number
  readonly hadMultipleClients: boolean
  readonly stats: Stats
}

export interface Stats {
  readonly readCount: number
  readonly writeCount: number
  readonly deleteCount: number
  readonly headItemReadCount: number
}

export interface HeadRequest {
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
}

export interface Lock {
  readonly lockExpiresAt: string
}

export interface Head {
  readonly limit: number
  readonly hadMultipleClients: boolean
  readonly items: HeadRequest[]
}

export interface LockedHead extends Head {
  readonly items: (HeadRequest & Lock)[]
  readonly lockSecs: number
  readonly queueHasLockedRequests: boolean
}

export interface Request {
  readonly [field: string]: unknown
  readonly id: string
  readonly uniqueKey: string
  readonly url: string
  readonly retryCount: number
  readonly handledAt?: string
}

export interface RequestList {
  readonly items: Request[]
  readonly limit: number
  readonly nextCursor?: string | null
}

export interface Registration {
  readonly requestId: string
  readonly wasAlreadyPresent: boolean
  readonly wasAlreadyHandled: boolean
}

export interface BatchResult {
  readonly processedRequests: (Registration & { uniqueKey: string })[]
  readonly unprocessedRequests: { uniqueKey: string }[]
}

/** Returns the answer if it fits the model. */
export function check<Type>(model: Check<Type>, answer: unknown): Type {
  return model(answer, 'data')
}

const text: Check<string> = (value, path) => {
  assert.equal(typeof value, 'string', `${path} is a string`)
  return value as string
}

const flag: Check<boolean> = (value, path) => {
  assert.equal(typeof value, 'boolean', `${path} is a boolean`)
  return value as boolean
}

/** A whole number, 0 or more. */
const count: Check<number> = (value, path) => {
  assert.ok(Number.isSafeInteger(value) && (value as number) >= 0, `${path} is a count, not ${value}`)
  return value as number
}

/**
 * Version 2 of the client reads times only in this form, with a fraction and `Z`. It leaves any other time as
 * a string.
 */
const time: Check<string> = (value, path) => {
  assert.match(text(value, path), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/, `${path} is a time`)
  assert.ok(!Number.isNaN(Date.parse(value as string)), `${path} is a time`)
  return value as string
}

const absoluteUrl: Check<string> = (value, path) => {
  assert.ok(URL.canParse(text(value, path)), `${path} is an absolute URL, not ${value}`)
  return value as string
}

const httpUrl: Check<string> = (value, path) => {
  assert.match(absoluteUrl(value, path), /^https?:/)
  return value as string
}

const method = oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH')

function oneOf(...allowed: string[]): Check<string> {
  return (value, path) => {
    assert.ok(allowed.includes(text(value, path)), `${path} is one of ${allowed}, not ${value}`)
    return value as string
  }
}

function optional(member: Check<unknown>): Check<unknown> {
  return (value, path) => (value === undefined || value === null ? value : member(value, path))
}

function list(member: Check<unknown>): Check<unknown[]> {
  return (value, path) => {
    assert.ok(Array.isArray(value), `${path} is a list`)
    value.forEach((each, index) => {
      member(each, `${path}[${index}]`)
    })
    return value
  }
}

/** An object with these members. Further members are allowed. */
function object<Type>(members: Record<string, Check<unknown>>): Check<Type> {
  return (value, path) => {
    assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${path} is an object`)
    for (const [name, member] of Object.entries(members)) {
      member((value as Record<string, unknown>)[name], `${path}.${name}`)
    }
    return value as Type
  }
}

const stats = object<Stats>({
  readCount: count,
  writeCount: count,
  deleteCount: count,
  headItemReadCount: count,
  storageBytes: count,
})

const queueFields = {
  id: text,
  userId: text,
  createdAt: time,
  modifiedAt: time,
  accessedAt: time,
  totalRequestCount: count,
  handledRequestCount: count,
  pendingRequestCount: count,
  hadMultipleClients: flag,
}

export const queue = object<Queue & Record<string, unknown>>({
  ...queueFields,
  name: optional(text),
  consoleUrl: absoluteUrl,
  stats,
})

export const queueList = object<{ items: (Queue & Record<string, unknown>)[]; total: number }>({
  total: count,
  offset: count,
  limit: count,
  count,
  desc: flag,
  items: list(object({ ...queueFields, name: text, username: text })),
})

/** The client asks for the private user data of the hosted API, but it accepts the public part alone. */
export const user = object<{ username: string }>({ username: text })

/**
 * The client would accept less, but the SDK builds a Crawlee request from it. Missing fields become None on
 * the way, and the method, the retry count, the headers and the user data must not be None there.
 */
const headRequest = { id: text, uniqueKey: text, url: httpUrl, method, retryCount: count }

export const request = object<Request>({
  ...headRequest,
  noRetry: flag,
  headers: object({}),
  userData: object({}),
  payload: optional(text),
  loadedUrl: optional(httpUrl),
  handledAt: optional(time),
  errorMessages: optional(list(text)),
})

export const requestList = object<RequestList>({
  items: list(request),
  limit: count,
  cursor: optional(text),
  nextCursor: optional(text),
})

const headFields = { limit: count, queueModifiedAt: time, hadMultipleClients: flag }

export const head = object<Head>({ ...headFields, items: list(object(headRequest)) })

export const lock = object<Lock>({ lockExpiresAt: time })

export const lockedHead = object<LockedHead>({
  ...headFields,
  lockSecs: count,
  queueHasLockedRequests: flag,
  clientKey: optional(text),
  items: list(object({ ...headRequest, lockExpiresAt: time })),
})

const registrationFields = { requestId: text, wasAlreadyPresent: flag, wasAlreadyHandled: flag }

export const registration = object<Registration>(registrationFields)

const draft = object({ uniqueKey: text, url: httpUrl, method: optional(method) })

export const batchResult = object<BatchResult>({
  processedRequests: list(object({ ...registrationFields, uniqueKey: text })),
  unprocessedRequests: list(draft),
})

export const deletedBatch = object<{ processedRequests: Record<string, unknown>[] }>({
  processedRequests: list((value, path) => {
    const { id, uniqueKey } = object<Record<string, unknown>>({})(value, path)
    assert.ok(typeof id === 'string' || typeof uniqueKey === 'string', `${path} has an id or a uniqueKey`)
  }),
  unprocessedRequests: list(draft),
})

export const unlocked = object<{ unlockedCount: number }>({ unlockedCount: count })
