import { idLength, writeUrl } from './requests.ts'

/** Placeholders that are overwritten later. */
export interface StandIns {
  readonly queueId: string
  readonly url: string
  readonly id: string
  /** Over how many hosts its URLs are spread. */
  readonly hostCount: number
}

/** Each request of a message contains its URL twice: as `url` and as `uniqueKey`. */
const urlsPerRequest = 2

/**
 * A whole HTTP request, headers and body, that is written once. Before each call only the bytes that differ
 * are changed. A template belongs to one connection, which changes it only after its last call was answered,
 * because the system may read from it until then.
 */
export class Template {
  readonly bytes: Buffer
  readonly #queueIdAt: number
  readonly #urlsAt: readonly number[]
  readonly #idsAt: readonly number[]
  readonly #hostCount: number

  /** @param text ASCII, with the placeholders */
  constructor(text: string, { queueId, url, id, hostCount }: StandIns) {
    this.#hostCount = hostCount
    this.bytes = Buffer.from(text, 'latin1')
    this.#queueIdAt = text.indexOf(queueId)
    this.#urlsAt = placesOf(url, text)
    this.#idsAt = placesOf(id, text)
  }

  /** @param queueId of the same length as any other */
  setQueue(queueId: string): void {
    this.bytes.write(queueId, this.#queueIdAt, 'latin1')
  }

  /** Gives the URL of this number to a request of the message. */
  setUrl(request: number, number: number): void {
    const first = request * urlsPerRequest
    for (let place = first; place < first + urlsPerRequest; place++) {
      writeUrl(this.bytes, this.#urlsAt[place]!, number, this.#hostCount)
    }
  }

  /** @param ids contains the ID at this position */
  setId(ids: Buffer, from: number): void {
    for (const at of this.#idsAt) {
      for (let index = 0; index < idLength; index++) this.bytes[at + index] = ids[from + index]!
    }
  }
}

function placesOf(part: string, text: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) places.push(at)
  return places
}
