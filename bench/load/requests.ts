/** The requests of the benchmark, and functions that write parts of them into messages. */

/** The length of the ID of a request. */
export const idLength = 15

/** The fields of `requestOf` that the tables keep as text, for code that fills tables without a server. */
export const otherFields =
  '"noRetry":false,"headers":{},"userData":{"label":"DETAIL","__crawlee":{"crawlDepth":3,' +
  '"enqueueStrategy":"same-hostname"}},"errorMessages":[]'
/** The size of a row in the statistics of its queue. */
export const rowBytes = 300

/** A request as Crawlee adds it for a page of an online shop: about 300 bytes of JSON. */
export function requestOf(url: string): Record<string, unknown> {
  return {
    url,
    uniqueKey: url,
    method: 'GET',
    noRetry: false,
    retryCount: 0,
    errorMessages: [],
    headers: {},
    userData: { label: 'DETAIL', __crawlee: { crawlDepth: 3, enqueueStrategy: 'same-hostname' } },
  }
}

const urlStart = 'https://shop.example.com/catalogue/category-'
const urlMiddle = '/item-'
const categories = 97
const categoryDigits = 2
const itemDigits = 9

/** The URL has the same length for all numbers up to 999,999,999, so that it fits into a prepared message. */
export function urlOf(number: number): string {
  const category = String(number % categories).padStart(categoryDigits, '0')
  return `${urlStart}${category}${urlMiddle}${String(number).padStart(itemDigits, '0')}?page=1`
}

const categoryAt = urlStart.length
const itemAt = categoryAt + categoryDigits + urlMiddle.length

/** The name before the first dot of the host, which has four characters. */
const nameAt = urlStart.indexOf('shop')
const nameDigits = 'abcdefghijklmnopqrstuvwxyz'

/**
 * Overwrites the number of the URL at this position.
 *
 * @param hostCount over how many hosts URLs are spread in turn, at most 400,000. 1: all keep theirs
 */
export function writeUrl(bytes: Buffer, urlAt: number, number: number, hostCount = 1): void {
  if (hostCount > 1) bytes.write(hostNameOf(number % hostCount), urlAt + nameAt, 'latin1')
  writeDigits(bytes, urlAt + categoryAt, categoryDigits, number % categories)
  writeDigits(bytes, urlAt + itemAt, itemDigits, number)
}

/** The number of the URL at this position. */
export function numberAt(bytes: Buffer, urlAt: number): number {
  let number = 0
  for (let at = urlAt + itemAt; at < urlAt + itemAt + itemDigits; at++) number = number * 10 + bytes[at]! - 48
  return number
}

/** The last digit comes first: hosts that are met one after the other are not neighbours in an index of names. */
function hostNameOf(host: number): string {
  let name = ''
  for (let rest = host; name.length < 4; rest = Math.floor(rest / nameDigits.length)) {
    name += nameDigits[rest % nameDigits.length]!
  }
  return name
}

/** The host of this number, out of several. */
export function hostOf(host: number): string {
  return `${hostNameOf(host)}.example.com`
}

function writeDigits(bytes: Buffer, from: number, count: number, value: number): void {
  let rest = value
  for (let at = from + count - 1; at >= from; at--) {
    const tenth = (rest / 10) | 0
    bytes[at] = 48 + rest - tenth * 10
    rest = tenth
  }
}
