import type { FastifyReply, FastifyRequest } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { EventStream, eventText, heartbeat } from './event-stream.ts'

/** Bounds the streams of one thread. Each takes its connection and some kilobytes. */
const usualStreamsMax = 1000
/** How often to look at the clock, which a test may move. */
const checkEveryMs: Millis = 100

/** Where the events of a stream come from. All streams with the same key share one. */
export interface EventSource {
  /**
   * The events since the last time, as text. Empty: there are none.
   *
   * @throws HeadlockError that ends the streams, unless it is `storeUnavailable`
   */
  read(): Promise<string>
  /** What a stream gets that begins later than others. */
  readonly first: string
}

interface Feed {
  readonly source: EventSource
  readonly streams: Map<EventStream, FastifyRequest>
  isReading: boolean
}

export interface EventStreamsOptions {
  /** Milliseconds since 1970. */
  wallMs(): Millis
  /** Whether the token of a call still counts (15.3). */
  isStillAllowed(request: FastifyRequest): Promise<boolean>
  /** How many may be open. */
  readonly streamsMax?: number | undefined
}

/** The streams of events of this thread. Once a second each source is read once, however many streams show it. */
export class EventStreams {
  readonly #options: EventStreamsOptions
  readonly #feeds = new Map<string, Feed>()
  #count = 0
  #timer: NodeJS.Timeout | null = null
  #lastSecond = 0
  #isStopped = false

  constructor(options: EventStreamsOptions) {
    this.#options = options
  }

  /**
   * Answers with a stream. Ends when the caller disconnects, when its token ends, when what it shows is gone, or when the
   * server stops.
   *
   * @param key of the source, with all that decides what it shows
   * @throws HeadlockError from the first read of the source; `storeUnavailable` if there are too many streams
   */
  async open(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    make: () => EventSource,
  ): Promise<void> {
    this.#assertRoom()
    const known = this.#feeds.get(key)
    let source = known?.source
    let first = source?.first
    if (source === undefined || first === undefined) {
      source = make()
      first = await source.read()
      this.#assertRoom()
    }
    // Another stream with this key may have been opened meanwhile.
    const feed = this.#feeds.get(key) ?? { source, streams: new Map(), isReading: false }
    const stream = new EventStream(reply, () => {
      this.#count--
      feed.streams.delete(stream)
      if (feed.streams.size === 0 && this.#feeds.get(key) === feed) this.#feeds.delete(key)
      if (this.#count === 0) this.#stopTimer()
    })
    this.#count++
    this.#feeds.set(key, feed)
    feed.streams.set(stream, request)
    stream.send(first)
    this.#startTimer()
  }

  /** Ends all streams, and lets none begin. */
  stop(): void {
    this.#isStopped = true
    this.#stopTimer()
    for (const { streams } of this.#feeds.values()) for (const stream of streams.keys()) stream.end()
  }

  #assertRoom(): void {
    if (this.#isStopped) throw new HeadlockError('storeUnavailable', { problem: 'the server is stopping' })
    const { streamsMax = usualStreamsMax } = this.#options
    if (this.#count < streamsMax) return
    throw new HeadlockError('storeUnavailable', {
      problem: `${streamsMax} streams of events are open already`,
    })
  }

  #startTimer(): void {
    if (this.#timer !== null) return
    this.#lastSecond = this.#second
    this.#timer = setInterval(() => this.#check(), checkEveryMs)
    this.#timer.unref()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  get #second(): number {
    return Math.floor(this.#options.wallMs() / 1000)
  }

  #check(): void {
    const second = this.#second
    if (second === this.#lastSecond) return
    this.#lastSecond = second
    for (const feed of this.#feeds.values()) void this.#turn(feed)
  }

  async #turn(feed: Feed): Promise<void> {
    if (feed.isReading) return
    feed.isReading = true
    try {
      await this.#endThoseNotAllowed(feed)
      const events = await feed.source.read()
      for (const stream of feed.streams.keys()) stream.send(events === '' ? heartbeat : events)
    } catch (error) {
      if (error instanceof HeadlockError && error.errorName !== 'storeUnavailable') this.#endAll(feed, error)
      // The store may answer again in a second.
      else for (const stream of feed.streams.keys()) stream.send(heartbeat)
    } finally {
      feed.isReading = false
    }
  }

  /** One after the other: the answer for a token is remembered for the next stream that has it. */
  async #endThoseNotAllowed({ streams }: Feed): Promise<void> {
    for (const [stream, request] of streams) {
      if (await this.#options.isStillAllowed(request)) continue
      stream.end(endText(new HeadlockError('tokenNotValid')))
      streams.delete(stream)
    }
  }

  #endAll({ streams }: Feed, error: HeadlockError): void {
    for (const stream of streams.keys()) stream.end(endText(error))
    streams.clear()
  }
}

function endText({ type, message }: HeadlockError): string {
  return eventText('end', { type, message })
}
