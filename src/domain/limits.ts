import assert from 'node:assert/strict'

/** Every limit in one place, each with its reason. Units end the names. */
export const limits = {
  /** What one batch call takes (rules 6.6, 6.7); the clients split at this number. */
  batchRequestsMax: 25,
  /** What one head/lock hands out (4.2). */
  lockHeadRequestsMax: 25,
  /** And so much content, but one request in any case: the embedded store writes the rows that it locks anew as a whole. */
  lockHeadBytesMax: 8_000_000,
  /** Default and maximum of GET head (4.5). */
  headRequestsMax: 1000,
  /** And so much of unique keys and URLs, in characters, but one request in any case: others wait while it is read. */
  headLengthMax: 4_000_000,
  /** Listing requests (8.1). */
  listRequestsDefault: 1000,
  listRequestsMax: 10_000,
  /** Listing queues (7.8), default and maximum. */
  listQueuesMax: 1000,
  /** A body after decoding (9.4). */
  bodyBytesMax: 9_437_184,
  /** Levels of nesting in a request (2.10). The list it is on is three deeper; Rust reads 128, PHP 512. */
  jsonDepthMax: 100,
  /** Values in a body, 10,000 for each request of a batch. At their worst they take a tenth of a second to parse, and 17 MB. */
  jsonValuesMax: 250_000,
  /** Members with a name in a body: 2,000 for each request of a batch. One may cost ten times as much as other values. */
  jsonNamesMax: 50_000,
  /** Different names among all members after those. More members with the same names cost no more than other values. */
  jsonNewNamesMax: 5000,
  clientKeyLengthMin: 1,
  clientKeyLengthMax: 32,
  /** Names of queues (7.5). */
  queueNameLengthMax: 63,
  /** Titles of queues, in characters: a list has up to a thousand of them. */
  queueTitleLengthMax: 200,
  requestIdLength: 15,
  randomIdLength: 17,
  /** A hundred years: a lock that outlives its crawl by far, and a date that every client can still read. */
  lockSecsMax: 3_153_600_000,
  /** Unnamed queues that nobody touched for so long are deleted (7.7). A setting. */
  retentionDaysDefault: 7,
} as const

assert(
  limits.clientKeyLengthMin <= limits.randomIdLength && limits.randomIdLength <= limits.clientKeyLengthMax,
)
assert(limits.lockHeadRequestsMax <= limits.headRequestsMax)
