/** The requests of the benchmark, and what is written of them straight into messages. */

/** How long the ID of a request is. */
export const idLength = 15

/** The fields of `requestOf` that the tables keep as text, for what fills them without a server. */
export const otherFields =
  '"noRetry":false,"headers":{},"userData":{"label":"DETAIL","__crawlee":{"crawlDepth":3,' +
  '"enqueueStrategy":"same-hostname"}},"errorMessages":[]'
/** What a row counts as in the statistics of its queue. */
export const rowBytes = 300

/** A request as Crawlee adds it for a page of an online shop: some 300 bytes of JSON. */
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

/** Of one length for all numbers up to 999,999,999, so that a message written ahead of time has room for each. */
export function urlOf(number: number): string {
  const category = String(number % categories).padStart(categoryDigits, '0')
  return `${urlStart}${category}${urlMiddle}${String(number).padStart(itemDigits, '0')}?page=1`
}

const categoryAt = urlStart.length
const itemAt = categoryAt + categoryDigits + urlMiddle.length

/** Turns the URL of any number at this place into the one of this number. */
export function writeUrl(bytes: Buffer, urlAt: number, number: number): void {
  writeDigits(bytes, urlAt + categoryAt, categoryDigits, number % categories)
  writeDigits(bytes, urlAt + itemAt, itemDigits, number)
}

/** The number of the URL at this place. */
export function numberAt(bytes: Buffer, urlAt: number): number {
  let number = 0
  for (let at = urlAt + itemAt; at < urlAt + itemAt + itemDigits; at++) number = number * 10 + bytes[at]! - 48
  return number
}

function writeDigits(bytes: Buffer, from: number, count: number, value: number): void {
  let rest = value
  for (let at = from + count - 1; at >= from; at--) {
    const tenth = (rest / 10) | 0
    bytes[at] = 48 + rest - tenth * 10
    rest = tenth
  }
}
