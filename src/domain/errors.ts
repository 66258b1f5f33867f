import { withoutTokens } from './redact.ts'

/**
 * Every error that a caller can get: the type that clients branch on (one of Apify's public types where it has one), the HTTP
 * status, and a message that says what happened and what to do. `{name}` is replaced by a value given with
 * the error. Anything in such a value that looks like a token is left out.
 */
export const errorCatalogue = {
  // The call itself
  invalidInput: { type: 'invalid-input', status: 400, message: 'Invalid input: {problem}' },
  invalidUrl: {
    type: 'invalid-input',
    status: 400,
    message: 'Invalid input: the URL of the call cannot be decoded: {problem}',
  },
  invalidContentType: {
    type: 'invalid-content-type-header',
    status: 400,
    message:
      'Content-Type "{contentType}" is not supported here. Send the body as JSON with the header Content-Type: application/json.',
  },
  pageNotFound: {
    type: 'page-not-found',
    status: 404,
    message:
      'There is nothing at {path}. The API begins with /v2/request-queues and /headlock/v1/queues; /docs on this server describes it.',
  },
  methodNotAllowed: {
    type: 'method-not-allowed',
    status: 405,
    message: 'This API end-point can only be accessed using the following HTTP methods: {methods}',
  },
  bodyTooLarge: {
    type: 'request-too-large',
    status: 413,
    message: 'The POST payload is too large (limit: {limitBytes} bytes, actual length: {actualBytes} bytes).',
  },
  unsupportedContentEncoding: {
    type: 'unsupported-content-encoding',
    status: 415,
    message: 'Content-Encoding "{encoding}" is not supported.',
  },
  rateLimitExceeded: {
    type: 'rate-limit-exceeded',
    status: 429,
    message: 'You have exceeded the rate limit of {limit} requests per second',
  },

  // Access
  tokenNotProvided: {
    type: 'token-not-provided',
    status: 401,
    message:
      'Authentication token was not provided. Send it in the header "Authorization: Bearer TOKEN"; the server prints one on its first start, and "headlock token create" creates more.',
  },
  tokenNotValid: {
    type: 'token-not-valid',
    status: 401,
    message:
      'Authentication token is not valid: it is unknown here or was revoked. "headlock token create" creates a new one.',
  },
  tooManyWrongTokens: {
    type: 'rate-limit-exceeded',
    status: 429,
    message:
      'Authentication token is not valid, and neither were {limit} others that came from the same address within a minute. Try again in {retryAfterSeconds} seconds; a valid token works at once.',
  },
  readOnlyToken: {
    type: 'permission-denied',
    status: 403,
    message: 'You do not have permission to perform this action: this token may only read.',
  },
  queryTokenNotTaken: {
    type: 'invalid-input',
    status: 400,
    message:
      'Invalid input: this server accepts no token in the URL (--no-query-token), because URLs end up in logs. Send it in the header "Authorization: Bearer TOKEN".',
  },
  hostNotAllowed: {
    type: 'permission-denied',
    status: 403,
    message:
      'This server answers calls to localhost, 127.0.0.1 and [::1], but this call names another host. If clients reach the server at that host, start it with --public-url and its address.',
  },
  crossSiteCall: {
    type: 'permission-denied',
    status: 403,
    message:
      'A page of another site made this call in a browser, and this server does not allow that. To allow it, start the server with --cors-origins and the origin of that site.',
  },

  // Queues
  queueNotFound: { type: 'record-not-found', status: 404, message: 'Request Queue was not found' },
  queueNameInvalid: {
    type: 'invalid-input',
    status: 400,
    message:
      'Invalid input: the name of a request queue has 1 to 63 characters, only letters, digits and hyphens, and no hyphen at either end.',
  },
  queueNameNotUnique: {
    type: 'name-not-unique',
    status: 400,
    message: 'Another request queue already has the name "{name}". Names are compared without case.',
  },
  userNotFound: { type: 'record-not-found', status: 404, message: 'User was not found' },

  // Policies (rule 13.1)
  policyVersionDiffers: {
    type: 'precondition-failed',
    status: 412,
    message:
      'The policy was changed meanwhile: If-Match names version {given}, but the queue has version {version}. Get the policy, make the change again, and send it with If-Match: {version}.',
  },
  groupByChanges: {
    type: 'invalid-input',
    status: 400,
    message:
      'The groups of a queue with more than 1000 pending requests cannot be changed at once, and until then no rule could be kept. Delete the policy first, then put this one. Cooldowns end then.',
  },
  policyDamaged: {
    type: 'internal-server-error',
    status: 500,
    message:
      'The stored policy of this queue is damaged, so no answer can contain it, and the queue hands out nothing. Put the policy again, or delete it.',
  },

  // Requests
  forkNameTaken: {
    type: 'name-not-unique',
    status: 409,
    message: 'There is a queue named "{name}" already. Choose another name for the fork.',
  },
  jobNotFound: {
    type: 'record-not-found',
    status: 404,
    message: 'Job was not found. Jobs that have ended are kept for a day.',
  },
  requestNotFound: { type: 'record-not-found', status: 404, message: 'Request was not found' },
  requestIdInvalid: {
    type: 'request-id-invalid',
    status: 400,
    message: 'Request ID does not correspond to uniqueKey',
  },
  requestIdInvalidInBatch: {
    type: 'request-id-invalid',
    status: 400,
    message: 'Request ID does not correspond to uniqueKey (element {index})',
  },
  requestDamaged: {
    type: 'internal-server-error',
    status: 500,
    message:
      'The stored data of this request is damaged, so no answer can contain it. "headlock verify" on the server lists all damage. To repair this request, update it with all of its fields, or delete it.',
  },

  // Locks (rule 5.2)
  requestLockedByOther: {
    type: 'request-handled-or-locked',
    status: 403,
    message: 'The request is locked by another client.',
  },
  requestHandled: {
    type: 'request-handled-or-locked',
    status: 400,
    message: 'The request was already handled.',
  },
  lockNotHeld: {
    type: 'request-handled-or-locked',
    status: 400,
    message:
      'The request is not locked, and this client has no lock to take back: it had none, it was released, somebody else had the ' +
      'request since, or its host has all the locks that its rule allows. Get a lock with head/lock.',
  },

  // Us
  internalError: {
    type: 'internal-server-error',
    status: 500,
    message:
      'The server failed to perform this call (call {callId}). Its log says more. The call can be repeated.',
  },
  storeUnavailable: {
    type: 'internal-server-error',
    status: 503,
    message:
      'The store cannot perform this call now ({problem}). The call may or may not have been performed. It can be repeated.',
  },
} as const satisfies Record<string, { type: string; status: number; message: string }>

export type ErrorName = keyof typeof errorCatalogue
export type ErrorValues = Readonly<Record<string, string | number>>

/** A refusal, as an entry of the catalogue. Only the HTTP layer turns it into an answer. */
export class HeadlockError extends Error {
  readonly errorName: ErrorName
  readonly values: ErrorValues

  constructor(errorName: ErrorName, values: ErrorValues = {}, options?: ErrorOptions) {
    super(messageOf(errorName, values), options)
    this.name = 'HeadlockError'
    this.errorName = errorName
    this.values = values
  }

  get type(): string {
    return errorCatalogue[this.errorName].type
  }

  get status(): number {
    return errorCatalogue[this.errorName].status
  }
}

export function messageOf(errorName: ErrorName, values: ErrorValues): string {
  return errorCatalogue[errorName].message.replace(/\{(\w+)\}/g, (_, name: string) =>
    withoutTokens(String(values[name] ?? '?')),
  )
}
