import assert from 'node:assert/strict'

/** All limits of the API, with their reasons. Names end with the unit. */
export const limits = {
  /** The requests of one batch call (rules 6.6, 6.7). The clients split at this number. */
  batchRequestsMax: 25,
  /** The requests that one head/lock hands out (4.2). */
  lockHeadRequestsMax: 25,
  /**
   * The content that one head/lock hands out. The first request may be larger. The embedded store rewrites
   * the rows that it locks as a whole.
   */
  lockHeadBytesMax: 8_000_000,
  /** Default and maximum of GET head (4.5). */
  headRequestsMax: 1000,
  /**
   * The characters of unique keys and URLs in one head. The first request may be longer. Other calls wait
   * while a head is read.
   */
  headLengthMax: 4_000_000,
  /** The requests that one action or fork names (14.5). A filter may mean any number. */
  actionIdsMax: 10_000,
  /** Listing requests (8.1). */
  listRequestsDefault: 1000,
  listRequestsMax: 10_000,
  /** Listing queues (7.8), default and maximum. */
  listQueuesMax: 1000,
  /** A body after decoding (9.4). */
  bodyBytesMax: 9_437_184,
  /**
   * Levels of nesting in a request (2.10). A list adds three levels. Rust parsers accept 128 levels, PHP 512.
   */
  jsonDepthMax: 100,
  /**
   * Values in a body: 10,000 for each request of a batch. In the worst case, parsing them takes a tenth of a
   * second and 17 MB.
   */
  jsonValuesMax: 250_000,
  /**
   * Named members in a body: 2,000 for each request of a batch. One can cost ten times as much as other
   * values.
   */
  jsonNamesMax: 50_000,
  /** Different names among the members of a body. A name that repeats costs no more than other values. */
  jsonNewNamesMax: 5000,
  clientKeyLengthMin: 1,
  clientKeyLengthMax: 32,
  /** Names of queues (7.5). */
  queueNameLengthMax: 63,
  /** Titles of queues, in characters. It is small because a list has up to a thousand of them. */
  queueTitleLengthMax: 200,
  requestIdLength: 15,
  randomIdLength: 17,
  /** A hundred years. That is longer than any crawl, and still a date that every client can read. */
  lockSecsMax: 3_153_600_000,
  /** How long a head/lock may wait (13.14). Load balancers often cut connections that are silent for longer. */
  waitSecsMax: 60,
  /**
   * Unnamed queues that nobody has touched for so long are deleted (7.7). This is the default of a setting.
   */
  retentionDaysDefault: 7,
} as const

assert(
  limits.clientKeyLengthMin <= limits.randomIdLength && limits.randomIdLength <= limits.clientKeyLengthMax,
)
assert(limits.lockHeadRequestsMax <= limits.headRequestsMax)
