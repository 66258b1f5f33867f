import { idLength, writeUrl } from './requests.ts'

/** What stands where something else is written later. */
export interface StandIns {
  readonly queueId: string
  readonly url: string
  readonly id: string
}

/** Each request of a message has its URL twice: as `url` and as `uniqueKey`. */
const urlsPerRequest = 2

/**
 * A whole HTTP request, headers and body, written once: before each call only the few bytes are changed that differ. One
 * connection has it, and changes it when the last call was answered: until then the system may be reading from it.
 */
export class Template {
  readonly bytes: Buffer
  readonly #queueIdAt: number
  readonly #urlsAt: readonly number[]
  readonly #idsAt: readonly number[]

  /** @param text ASCII, with the stand-ins in it */
  constructor(text: string, { queueId, url, id }: StandIns) {
    this.bytes = Buffer.from(text, 'latin1')
    this.#queueIdAt = text.indexOf(queueId)
    this.#urlsAt = placesOf(url, text)
    this.#idsAt = placesOf(id, text)
  }

  /** @param queueId as long as any other */
  setQueue(queueId: string): void {
    this.bytes.write(queueId, this.#queueIdAt, 'latin1')
  }

  /** Gives a request of the message the URL of this number. */
  setUrl(request: number, number: number): void {
    const first = request * urlsPerRequest
    for (let place = first; place < first + urlsPerRequest; place++) {
      writeUrl(this.bytes, this.#urlsAt[place]!, number)
    }
  }

  /** @param ids has it at this place */
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
