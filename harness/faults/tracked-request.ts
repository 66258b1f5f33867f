/**
 * What is known of one request, by the answers alone. It is nearly always certain. One case is not: an add is
 * repeated after its answer was lost. The first try may have been done, and another client may have deleted
 * the request before the repeat, which then adds it again (rule 11.5). So this counts how often the request
 * may have been added and how often it was deleted. The two counts decide what may still happen to it.
 */
import assert from 'node:assert/strict'

/** One client holds the request, from the answer that handed it out to the call that gives it back. */
export interface Hold {
  readonly holder: string
  /**
   * The holder deletes the request while its add has no answer yet. A further try of that add may bring it
   * back before the deletion is answered.
   */
  isDeleting: boolean
}

/** The state before a try to add it, as far as it is known. */
interface Before {
  readonly wasGone: boolean
  readonly wasHandled: boolean
  readonly hold: Hold | null
}

/** `unsure`: the answers allow both. */
export type Presence = 'there' | 'gone' | 'unsure'

export class TrackedRequest {
  readonly key: string
  hold: Hold | null = null
  isHandled = false
  /** How often a client tried to add it, including the try under way. */
  #addTries = 0
  /** What the answer to the last try said; null before it. */
  #addAnswer: 'new' | 'present' | null = null
  #beforeTry: Before | null = null
  /** Deletions that certainly happened. */
  #deletions = 0
  /** Deleted when no add of it was under way any more, so it cannot come back. */
  #isDeletedForGood = false
  /** It was deleted, or may have been, while its add was under way, and no client got it since. */
  #isUnsure = false
  /** A client got it after a deletion, so it had been added again. */
  wasAddedAgain = false
  readonly #story: string[] = []

  constructor(key: string) {
    this.key = key
  }

  /** A further try to add it is sent. */
  addSent(): void {
    const wasGone = this.#addTries > 0 && this.isGone
    this.#beforeTry = { wasGone, wasHandled: this.isHandled, hold: this.hold }
    this.#addTries++
    this.#note(this.#addTries === 1 ? 'the add is sent' : `the add is sent again, try ${this.#addTries}`)
  }

  addAnswered(wasAlreadyPresent: boolean): void {
    this.#note(wasAlreadyPresent ? 'the add is answered: already present' : 'the add is answered: new')
    this.#addAnswer = wasAlreadyPresent ? 'present' : 'new'
    const { wasGone, wasHandled, hold } = this.#beforeTry!
    if (wasAlreadyPresent) {
      this.#assert(this.#addTries > 1, 'was already present at the first try to add it')
      this.#assert(!wasGone, 'was deleted, but already present when its add was repeated')
      return
    }
    this.#assert(!wasHandled, 'was handled, but new when its add was repeated')
    const isWithSame = hold !== null && hold === this.hold && !hold.isDeleting
    this.#assert(!isWithSame, `was held by ${hold?.holder}, but new when its add was repeated`)
  }

  took(holder: string): void {
    this.#note(`${holder} gets it`)
    this.#assert(this.#addTries > 0, 'is handed out before any call to add it')
    this.#assert(!this.isHandled, 'was handled, but is handed out again')
    this.#assert(!this.isGone, 'was deleted, but is handed out again')
    const other = this.hold
    if (other !== null) {
      const isBack = other.isDeleting && this.#deletions + 1 < this.#additionsMax
      this.#assert(isBack, `is held by two clients, ${other.holder} and ${holder}`)
      // So the deletion was done, although it has no answer yet.
      this.#deletions++
    }
    this.wasAddedAgain ||= this.#deletions > 0
    this.#isUnsure = false
    this.hold = { holder, isDeleting: false }
  }

  /** From now on another client may get it. */
  gaveUp(holder: string): void {
    this.#note(`${holder} gives it back`)
    if (this.hold?.holder === holder) this.hold = null
  }

  handled(): void {
    this.#note(`it is handled by ${this.hold?.holder}`)
    this.isHandled = true
    this.hold = null
  }

  /**
   * Its holder is about to delete it.
   *
   * @returns whether the deletion can be repeated. While an add is under way it cannot: the repeat might
   *   delete the request that was added again and that another client holds.
   */
  deleting(): { hold: Hold; mayRepeat: boolean } {
    const hold = this.hold!
    const mayRepeat = this.#addAnswer !== null
    hold.isDeleting = !mayRepeat
    this.#note(`${hold.holder} deletes it${mayRepeat ? '' : ', while its add is under way'}`)
    return { hold, mayRepeat }
  }

  deleted(hold: Hold): void {
    this.#note(`${hold.holder} has deleted it`)
    // Another client got it since, so the deletion is counted already.
    if (this.hold !== hold) return
    this.hold = null
    this.#deletions++
    if (hold.isDeleting) this.#isUnsure = true
    else this.#isDeletedForGood = true
  }

  /** The answer to a deletion was lost. */
  mayBeDeleted(hold: Hold): void {
    this.#note(`${hold.holder} may have deleted it`)
    if (this.hold === hold) this.#isUnsure = true
  }

  /** It is deleted, and no call sent so far can add it again. */
  get isGone(): boolean {
    return this.#isDeletedForGood || this.#deletions >= this.#additionsMax
  }

  /** What is known when no call is under way any more. */
  get presence(): Presence {
    if (this.isGone) return 'gone'
    return this.#isUnsure ? 'unsure' : 'there'
  }

  /** The events of the request, for error messages: one a line, with the time of the process in seconds. */
  get story(): string {
    return this.#story.map((line) => `\n  ${line}`).join('')
  }

  get #additionsMax(): number {
    return this.#addAnswer === 'present' ? this.#addTries - 1 : this.#addTries
  }

  #note(what: string): void {
    this.#story.push(`${(performance.now() / 1000).toFixed(3)} ${what}`)
  }

  #assert(isRight: boolean, what: string): void {
    assert.ok(isRight, `${this.key} ${what}${this.story}`)
  }
}
