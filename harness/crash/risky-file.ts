import type { Random } from '../random.ts'

/** The smallest unit that a disk writes: a write of one sector happens as a whole or not at all. */
const sectorBytes = 512
/** Sectors that are often written or lost together: a page of the database, and about a frame of its log. */
const sectorsPerBlock = 8

type Content = Buffer | null

/**
 * A file on a disk that may lose power. Each sector that was written since the last fsync may be there
 * afterwards or not, in any order. A sector that was being written may hold anything in its new bytes. A file
 * that was created or removed since the last fsync may be there or not.
 */
export class RiskyFile {
  /**
   * The file at the last fsync, and after each write since. Null: no file. A file that was removed and
   * created again is a different file, and the sectors of the two do not mix.
   */
  #contents: [Content, ...Content[]]
  #risky: { readonly contents: readonly Buffer[]; readonly sectors: readonly number[] }[] | null = null

  constructor(durable: Content) {
    this.#contents = [durable]
  }

  /** What a process that reads the file now sees. */
  get latest(): Content {
    return this.#contents.at(-1)!
  }

  get isAtRisk(): boolean {
    return this.#contents.length > 1
  }

  /** The size at the last fsync. */
  get durableBytes(): number {
    return this.#contents[0]?.length ?? 0
  }

  wrote(content: Content): void {
    const { latest } = this
    if (content === latest || (content !== null && latest?.equals(content))) return
    this.#contents.push(content)
    this.#risky = null
  }

  synced(): void {
    this.#contents = [this.latest]
    this.#risky = null
  }

  copy(): RiskyFile {
    const copy = new RiskyFile(null)
    copy.#contents = [...this.#contents]
    return copy
  }

  /** The file after the process was killed in its last write. The system has that write up to some byte. */
  interrupted(random: Random): RiskyFile {
    const copy = this.copy()
    const before = this.#contents.at(-2)
    const { latest } = this
    if (before === undefined || before === null || latest === null) return copy
    const first = latest.findIndex((byte, place) => byte !== before[place])
    if (first < 0) return copy
    const cutAt = random.between(first, latest.length)
    copy.#contents = [this.#contents[0], ...this.#contents.slice(1, -1)]
    copy.wrote(Buffer.concat([latest.subarray(0, cutAt), before.subarray(cutAt)]))
    return copy
  }

  /** A possible content of the file after the power is back. */
  image(random: Random): Content {
    if (!this.isAtRisk) return this.latest
    this.#risky ??= livesOf(this.#contents)
    const lives = this.#risky
    const missing = this.#contents.includes(null) ? 1 : 0
    const choice = random.between(-missing, lives.length - 1)
    if (choice < 0) return null
    const { contents, sectors } = lives[choice]!
    return sectors.length === 0 ? contents[0]! : mixed(contents, sectors, random)
  }
}

/** The successive files of this name, each with its contents and the sectors in which they differ. */
function livesOf(contents: readonly Content[]): { contents: Buffer[]; sectors: number[] }[] {
  const lives: Buffer[][] = []
  let before: Content = null
  for (const [index, content] of contents.entries()) {
    if (content !== null) {
      // A file that did not exist at the last fsync begins empty.
      if (before === null) lives.push(index === 0 ? [] : [Buffer.alloc(0)])
      lives.at(-1)!.push(content)
    }
    before = content
  }
  return lives.map((life) => ({ contents: life, sectors: riskySectorsOf(life) }))
}

function riskySectorsOf(contents: readonly Buffer[]): number[] {
  const end = Math.max(...contents.map(({ length }) => length))
  const sectors: number[] = []
  for (let sector = 0; sector * sectorBytes < end; sector++) {
    const first = sectorOf(contents[0]!, sector)
    if (contents.some((content) => !sectorOf(content, sector).equals(first))) sectors.push(sector)
  }
  return sectors
}

function sectorOf(content: Buffer, sector: number): Buffer {
  return content.subarray(sector * sectorBytes, (sector + 1) * sectorBytes)
}

function mixed(contents: readonly Buffer[], sectors: readonly number[], random: Random): Buffer {
  const durable = contents[0]!
  const latest = contents.at(-1)!
  const image = Buffer.alloc(Math.max(...contents.map(({ length }) => length)))
  durable.copy(image)
  const put = (sector: number, from: Buffer) => {
    const start = sector * sectorBytes
    image.fill(0, start, Math.min(start + sectorBytes, image.length))
    sectorOf(from, sector).copy(image, start)
  }
  const way = random.pick(['in order', 'each sector', 'each block', 'all but few', 'few', 'damaged'] as const)
  if (way === 'in order') {
    const cutAt = random.pick(sectors) * sectorBytes + random.between(0, sectorBytes)
    for (const sector of sectors) if ((sector + 1) * sectorBytes <= cutAt) put(sector, latest)
    const start = Math.floor(cutAt / sectorBytes) * sectorBytes
    latest.subarray(start, cutAt).copy(image, start)
  } else if (way === 'each sector') {
    for (const sector of sectors) put(sector, random.pick(contents))
  } else if (way === 'each block') {
    const picks = new Map<number, Buffer>()
    for (const sector of sectors) {
      const block = Math.floor(sector / sectorsPerBlock)
      if (!picks.has(block)) picks.set(block, random.pick(contents))
      put(sector, picks.get(block)!)
    }
  } else {
    const share = way === 'few' ? 0.05 : 0.95
    for (const sector of sectors) if (random.next() < share) put(sector, latest)
    if (way === 'damaged') damage(image, durable, latest, random.pick(sectors), random)
  }
  // The disk may have the new size of a file without its new data, and the other way round.
  if (random.next() < 0.2) return image.subarray(0, random.between(durable.length, image.length))
  return image
}

/** Puts zeros or noise into the bytes of a sector that were being written. */
function damage(image: Buffer, durable: Buffer, latest: Buffer, sector: number, random: Random): void {
  const noise = random.next() < 0.5
  const end = Math.min((sector + 1) * sectorBytes, latest.length)
  for (let place = sector * sectorBytes; place < end; place++) {
    if (durable[place] !== latest[place]) image[place] = noise ? random.between(0, 255) : 0
  }
}
