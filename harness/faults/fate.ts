/**
 * What has become of one request, by the answers alone. Nearly always they leave no doubt. Where an add is repeated after a
 * lost answer they may: the first try may have been done, and somebody may have deleted the request before the repeat, which
 * then adds it again (rule 11.5). So for each request it is known how often it can have been added and how often it was
 * deleted, and that decides what may happen to it yet.
 */
import assert from 'node:assert/strict'

/** One request with one client, from the answer that gave it to the call that gives it back. */
export interface Hold {
  readonly holder: string
  /** It deletes the request, whose add has no answer yet: another try of that add may bring it back before this has one. */
  isDeleting: boolean
}

/** What there was before a try to add it, as far as it is known. */
interface Before {
  readonly wasGone: boolean
  readonly wasHandled: boolean
  readonly hold: Hold | null
}

/** `unsure`: the answers allow both. */
export type Presence = 'there' | 'gone' | 'unsure'

export class Fate {
  readonly key: string
  hold: Hold | null = null
  isHandled = false
  /** So often it was tried to add it, the try under way included. */
  #addTries = 0
  /** What the answer to the last of them said; null before. */
  #addAnswer: 'new' | 'present' | null = null
  #beforeTry: Before | null = null
  /** Deletions that were done for sure. */
  #deletions = 0
  /** Deleted when no add of it was under way any more. */
  #isDeletedForGood = false
  /** Nobody got it since it was deleted, or may have been, while its add was under way. */
  #isUnsure = false
  /** Somebody got it after it had been deleted: it had been added again. */
  wasAddedAgain = false
  readonly #story: string[] = []

  constructor(key: string) {
    this.key = key
  }

  /** Another try to add it is sent. */
  addSent(): void {
    const wasGone = this.#addTries > 0 && this.isGone
    this.#beforeTry = { wasGone, wasHandled: this.isHandled, hold: this.hold }
    this.#addTries++
    this.#note(this.#addTries === 1 ? 'its add is sent' : `its add is sent again, try ${this.#addTries}`)
  }

  addAnswered(wasAlreadyPresent: boolean): void {
    this.#note(wasAlreadyPresent ? 'its add is answered: it was there' : 'its add is answered: it is new')
    this.#addAnswer = wasAlreadyPresent ? 'present' : 'new'
    const { wasGone, wasHandled, hold } = this.#beforeTry!
    if (wasAlreadyPresent) {
      this.#assert(this.#addTries > 1, 'was there when it was added for the first time')
      this.#assert(!wasGone, 'was deleted and was there when its add was repeated')
      return
    }
    this.#assert(!wasHandled, 'was handled and was new when its add was repeated')
    const isWithSame = hold !== null && hold === this.hold && !hold.isDeleting
    this.#assert(!isWithSame, `was with ${hold?.holder} and was new when its add was repeated`)
  }

  took(holder: string): void {
    this.#note(`${holder} gets it`)
    this.#assert(this.#addTries > 0, 'is given out before the call that adds it was even made')
    this.#assert(!this.isHandled, 'was handled and is given out again')
    this.#assert(!this.isGone, 'was deleted and is given out again')
    const other = this.hold
    if (other !== null) {
      const isBack = other.isDeleting && this.#deletions + 1 < this.#additionsMax
      this.#assert(isBack, `is with two clients, ${other.holder} and ${holder}`)
      // So it was deleted, although that has no answer yet.
      this.#deletions++
    }
    this.wasAddedAgain ||= this.#deletions > 0
    this.#isUnsure = false
    this.hold = { holder, isDeleting: false }
  }

  /** From now on somebody else may get it. */
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
   * @returns whether that can be repeated: while its add is under way, a deletion that is repeated might be of what was added
   *   again, and somebody else's then
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
    // Somebody else got it since, which is how it is known already.
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

  /** There is none, and cannot be another one by what was sent so far. */
  get isGone(): boolean {
    return this.#isDeletedForGood || this.#deletions >= this.#additionsMax
  }

  /** When nothing is under way any more. */
  get presence(): Presence {
    if (this.isGone) return 'gone'
    return this.#isUnsure ? 'unsure' : 'there'
  }

  /** What happened to it, for the message of an alarm: one thing a line, with the time of the process in seconds. */
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
