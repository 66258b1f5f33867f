/**
 * The power fails at every moment of a random history of the embedded store. Each possible image of its files
 * must open and be consistent. It must contain exactly what was acknowledged, or that and the whole
 * transaction that was under way (rules 11.1 and 11.6).
 */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ManualClock } from '../../src/store/clock.ts'
import { clearPurges } from '../../src/store/sqlite/operations/clear-purges.ts'
import type { Session } from '../../src/store/sqlite/session/session.ts'
import type { Reply } from '../../src/store/sqlite/thread/messages.ts'
import { content } from '../conversation.ts'
import type { Random } from '../random.ts'
import { type Contents, examine, type Files, serve, tableOf, tables, writeFiles } from './image.ts'
import { type Ledger, Load } from './load.ts'
import { type Disk, emptyDisk, Machine, type PlantedFault } from './machine.ts'
import { RiskyFile } from './risky-file.ts'

export interface PowerCutOptions {
  /** A directory for this alone. It is created and removed. */
  readonly directory: string
  readonly random: Random
  readonly stepCount: number
  /** Images for each moment at which something is not on the disk yet. */
  readonly imagesPerMoment: number
  onImage?(): void
  isOver?(): boolean
  /** A fault that a test plants to prove that it is found. */
  readonly planted?: PlantedFault
}

/**
 * The share of images on which the whole store is started. A start takes far longer than opening the file.
 */
const servedShare = 1 / 100

export interface PowerCutOutcome {
  readonly imageCount: number
  /** Calls that were answered before the power failed. */
  readonly acknowledgedCount: number
  /** How many of the images contain the transaction that was under way. */
  readonly aheadCount: number
}

/** @throws Error that says which promise was broken, and at which step */
export async function playPowerCuts(options: PowerCutOptions): Promise<PowerCutOutcome> {
  const history = new History(options)
  try {
    return await history.play()
  } finally {
    await history.clear()
  }
}

class History {
  readonly #options: PowerCutOptions
  readonly #random: Random
  readonly #clock = new ManualClock()
  readonly #imageDirectory: string
  #directories = 0
  #machine: Machine | null = null
  #load: Load | null = null
  /**
   * What each allowed content of the database means, according to the answers. The contents before the first
   * call mean nothing.
   */
  readonly #ledgers = new Map<Contents, Ledger>()
  #step = 'the first start'
  #imageCount = 0
  #acknowledgedCount = 0
  #aheadCount = 0
  /** Images on which the store is to be started. */
  #served: Image[] = []
  /** Collects the moments at which the history may be interrupted. Null while it is not. */
  #moments: Moment[] | null = null

  constructor(options: PowerCutOptions) {
    this.#options = options
    this.#random = options.random
    this.#imageDirectory = join(options.directory, 'image')
    mkdirSync(this.#imageDirectory, { recursive: true })
  }

  async play(): Promise<PowerCutOutcome> {
    this.#open(emptyDisk(), [null])
    this.#begin()
    for (let step = 1; step <= this.#options.stepCount && !this.#options.isOver?.(); step++) {
      this.#clock.advance(this.#random.between(0, 1000))
      await this.#play(step)
      for (const image of this.#served.splice(0)) await this.#serve(image)
    }
    return {
      imageCount: this.#imageCount,
      acknowledgedCount: this.#acknowledgedCount,
      aheadCount: this.#aheadCount,
    }
  }

  async clear(): Promise<void> {
    await this.#machine?.abandon()
    rmSync(this.#options.directory, { recursive: true, force: true })
  }

  async #play(step: number): Promise<void> {
    const machine = this.#machine!
    const dice = this.#random.next()
    const name = (text: string) => {
      this.#step = `step ${step}, ${text}`
    }
    if (dice < 0.7) {
      name('calls')
      this.#call()
    } else if (dice < 0.8) {
      name('a pass of the checkpoint thread')
      await machine.pass()
    } else if (dice < 0.88) {
      name('a pass of the writing thread')
      machine.finish()
    } else if (dice < 0.92) {
      name('a reader comes or goes')
      machine.toggleReader()
    } else if (dice < 0.94) {
      name('a queue comes and goes')
      this.#comeAndGo()
    } else if (dice < 0.96) {
      name('a stop and a start')
      await machine.close()
      this.#machine = null
      this.#open(machine.disk, machine.possible)
    } else if (dice < 0.98) {
      name('the power fails')
      await this.#cut()
    } else {
      name('the process is killed')
      await this.#kill()
    }
  }

  #open(disk: Disk, possible: readonly Contents[]): void {
    const directory = join(this.#options.directory, `machine-${++this.#directories}`)
    mkdirSync(directory)
    writeFiles(directory, {
      '': disk.file.latest,
      '-wal': disk.log.latest,
      '-journal': disk.journal.latest,
      '-shm': null,
    })
    this.#machine = new Machine({
      directory,
      disk,
      possible,
      clock: this.#clock,
      atRisk: (machine) => this.#shoot(machine),
      planted: this.#options.planted ?? null,
    })
  }

  /** Creates a user and a queue. */
  #begin(): void {
    const run = <Answer>(name: 'ensureUser' | 'getOrCreateQueue', params: object): Answer => {
      const [[, reply]] = this.#machine!.run([[1, name, params]]) as [readonly [number, Reply]]
      assert.ok('answer' in reply)
      return reply.answer as Answer
    }
    const { id: userId } = run<{ id: string }>('ensureUser', { username: 'headlock' })
    const { queue } = run<{ queue: { id: string } }>('getOrCreateQueue', { userId, name: 'power' })
    this.#load = new Load(this.#random, userId, queue.id)
    this.#remember()
  }

  #call(): void {
    const load = this.#load!
    const { calls, done } = load.next()
    const replies = this.#machine!.run(calls)
    done(replies)
    this.#acknowledgedCount += replies.filter(([, reply]) => 'answer' in reply).length
    this.#compare(load.ledger)
    // During an interruption the earlier contents count too.
    if (this.#moments === null) this.#ledgers.clear()
    this.#remember()
  }

  /** A queue of another user is created, filled, deleted and purged. */
  #comeAndGo(): void {
    const machine = this.#machine!
    const { userId, client } = { userId: this.#load!.userId, client: { clientKey: 'passer-by', runId: null } }
    const [[, reply]] = machine.run([[1, 'getOrCreateQueue', { userId, name: null }]]) as [
      readonly [number, { answer: { queue: { id: string } } }],
    ]
    const params = { userId, queue: { queueId: reply.answer.queue.id }, client }
    const requests = Array.from({ length: 25 }, (_, index) => content(`passing-${index}`))
    machine.run([[1, 'addRequests', { ...params, requests, side: 'end' }]])
    machine.run([[1, 'deleteQueue', params]])
    let more = true
    const clear = (session: Session) => {
      more = clearPurges(session)
    }
    while (more) machine.transaction(clear)
    this.#ledgers.clear()
    this.#remember()
  }

  /** Checks the requests in the store against what the answers say. */
  #compare(ledger: Ledger): void {
    const rows = this.#machine!.rows(
      'SELECT unique_key, handled_at, locked_by, lock_expires_at FROM requests',
    )
    assert.equal(
      rows.length,
      ledger.size,
      `${this.#step}: the number of requests in the store, and by the answers`,
    )
    for (const { unique_key, handled_at, locked_by, lock_expires_at } of rows) {
      const lock = locked_by === null ? null : { clientKey: locked_by, expiresAt: lock_expires_at }
      const promised = ledger.get(unique_key as string)
      assert.deepEqual({ handledAt: handled_at, lock }, promised, `${this.#step}: ${unique_key}`)
    }
  }

  #remember(): void {
    this.#ledgers.set(this.#machine!.contents, this.#load!.ledger)
  }

  /** The history continues with one of the images. */
  async #cut(): Promise<void> {
    const { contents, files } = (await this.#interrupted()).image
    const { '': file, '-wal': log, '-journal': journal } = files
    const disk = { file: new RiskyFile(file), log: new RiskyFile(log), journal: new RiskyFile(journal) }
    this.#open(disk, [contents])
    this.#goOnFrom()
  }

  /**
   * The process is killed: the system has what it wrote up to some byte. The disk still has less, and the
   * power may fail after that.
   */
  async #kill(): Promise<void> {
    const { disk, possible } = await this.#interrupted()
    this.#open(disk, possible)
    this.#goOnFrom()
  }

  /** Interrupts something and returns one moment of it. The machine cannot be used after that. */
  async #interrupted(): Promise<Moment> {
    const moments: Moment[] = []
    this.#moments = moments
    if (this.#random.next() < 0.7) this.#call()
    else await this.#machine!.pass()
    // Some transactions change nothing and write nothing. This continues until one writes.
    while (moments.length === 0) this.#call()
    this.#moments = null
    await this.#machine!.abandon()
    this.#machine = null
    return this.#random.pick(moments)
  }

  #goOnFrom(): void {
    const ledger = this.#ledgers.get(this.#machine!.contents)
    assert.ok(
      ledger,
      `${this.#step}: the contents after it are neither what was acknowledged nor that with the transaction under way`,
    )
    this.#load!.ledger = ledger
    this.#compare(ledger)
    this.#ledgers.clear()
    this.#remember()
  }

  #shoot(machine: Machine): void {
    const { disk, possible } = machine
    // Nothing is at risk, so every image would equal the files as they are.
    if (!disk.file.isAtRisk && !disk.log.isAtRisk && !disk.journal.isAtRisk) return
    for (let count = 0; count < this.#options.imagesPerMoment; count++) {
      const files = this.#imageOf(disk)
      const contents = this.#check(files, possible)
      this.#imageCount++
      if (possible.length > 1 && contents === possible.at(-1)!) this.#aheadCount++
      this.#options.onImage?.()
      if (this.#random.next() < servedShare) this.#served.push({ files, contents })
      if (this.#moments === null) continue
      const { file, log, journal } = disk
      const interrupted = { file, log: log.interrupted(this.#random), journal }
      this.#moments.push({ image: { files, contents }, disk: copyOf(interrupted), possible })
    }
  }

  #imageOf({ file, log, journal }: Disk): Files {
    const random = this.#random
    return {
      '': file.image(random),
      '-wal': this.#options.planted === 'damaged log' ? spoiled(log, random) : log.image(random),
      '-journal': journal.image(random),
      // SQLite never syncs this file. After a power loss it may be missing or hold anything.
      '-shm': random.next() < 0.7 ? null : noise.subarray(0, random.pick([0, 100, 4096, 32_768])),
    }
  }

  /** Checks the image. Sometimes it checks it again, after the first check has checkpointed the log. */
  #check(files: Files, possible: readonly Contents[]): Contents {
    writeFiles(this.#imageDirectory, files)
    let first: Contents = null
    for (const nth of this.#random.next() < 0.1 ? ['first', 'second'] : ['first']) {
      const { contents, findings } = this.#examine(`the ${nth} check`)
      assert.deepEqual(findings, [], `${this.#step}, the ${nth} check of an image`)
      if (nth === 'first') first = contents
      const expected = nth === 'first' ? possible : [first]
      assert.ok(
        expected.includes(contents),
        `${this.#step}, the ${nth} check of an image: ${expected
          .map((each) => differenceOf(contents, each))
          .join('\nor, with the transaction under way: ')}`,
      )
    }
    return first
  }

  #examine(which: string): ReturnType<typeof examine> {
    try {
      return examine(this.#imageDirectory, this.#clock)
    } catch (error) {
      throw new Error(`${this.#step}, ${which} of an image: it does not open: ${String(error)}`)
    }
  }

  async #serve({ files, contents }: Image): Promise<void> {
    writeFiles(this.#imageDirectory, files)
    const findings = await serve(this.#imageDirectory, this.#clock)
    assert.deepEqual(findings, [], `${this.#step}: what the store finds wrong with an image`)
    const after = examine(this.#imageDirectory, this.#clock)
    // The store continues purging a queue, which changes the requests.
    if (tableOf(contents, 'purges') !== '[]') return
    const requests = [after.contents, contents].map((each) => tableOf(each, 'requests'))
    assert.equal(requests[0], requests[1], `${this.#step}: the requests after a start on an image`)
  }
}

/** Changes a byte that was certainly on the disk. */
function spoiled(log: RiskyFile, random: Random): Buffer | null {
  const image = log.image(random)
  if (image === null || log.durableBytes === 0) return image
  const copy = Buffer.from(image)
  const place = random.between(0, Math.min(log.durableBytes, copy.length) - 1)
  copy[place] = ~copy[place]!
  return copy
}

const noise = Buffer.alloc(32_768, 'noise')

interface Image {
  readonly files: Files
  readonly contents: Contents
}

/** A moment at which the power may fail or the process may be killed, and the files at that moment. */
interface Moment {
  readonly image: Image
  readonly disk: Disk
  readonly possible: readonly Contents[]
}

function copyOf({ file, log, journal }: Disk): Disk {
  return { file: file.copy(), log: log.copy(), journal: journal.copy() }
}

/** Describes how the contents differ from what was promised. */
function differenceOf(found: Contents, promised: Contents): string {
  if (found === null || promised === null) {
    return `the database is ${found === null ? 'empty' : 'not empty'}, and the opposite was promised`
  }
  const there = requestsOf(found)
  const expected = requestsOf(promised)
  const differing = [...new Set([...expected.keys(), ...there.keys()])].filter(
    (key) => there.get(key) !== expected.get(key),
  )
  if (differing.length === 0) {
    return `a table differs: ${tables.filter((table) => tableOf(found, table) !== tableOf(promised, table))}`
  }
  const examples = differing
    .slice(0, 3)
    .map((key) => `found ${there.get(key)}, promised ${expected.get(key)}`)
  return `${differing.length} of ${expected.size} requests differ: ${examples.join('; ')}`
}

function requestsOf(contents: Contents): Map<string, string> {
  const rows = JSON.parse(tableOf(contents, 'requests')!) as { unique_key: string }[]
  return new Map(
    rows.map((row) => [row.unique_key, JSON.stringify({ ...row, url: undefined, other_fields: undefined })]),
  )
}
