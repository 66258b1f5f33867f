/**
 * JSON as people write it: with comments, and with a comma after the last element. Errors say the line and
 * the column. (JSON.parse does not always say a place, and a library for this would be larger than this file.)
 */

/** What is wrong with a text, and where. Lines and columns count from 1. */
export class JsonTextError extends Error {
  readonly line: number
  readonly column: number

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset).split(/\r\n|\n|\r/)
    const line = before.length
    const column = [...before.at(-1)!].length + 1
    super(`line ${line}, column ${column}: ${problem}`)
    this.name = 'JsonTextError'
    this.line = line
    this.column = column
  }
}

/** Deeper values would not be a policy, and a recursion has an end. */
const depthMax = 100

/** @throws JsonTextError */
export function parseCommentedJson(text: string): unknown {
  return new Reader(text).whole()
}

class Reader {
  readonly #text: string
  #at: number

  constructor(text: string) {
    this.#text = text
    this.#at = text.startsWith('\ufeff') ? 1 : 0
  }

  whole(): unknown {
    const value = this.#value(0)
    this.#skip()
    if (this.#at < this.#text.length) this.#fail(`${this.#found()} comes after the end of the value`)
    return value
  }

  #value(depth: number): unknown {
    this.#skip()
    if (depth > depthMax) this.#fail('the value is nested too deeply')
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return this.#string()
    const word = this.#match(/-?[\w.+-]+/y)
    if (word === null) return this.#fail(`a value is expected, but ${this.#found()} follows`)
    try {
      return JSON.parse(word) as unknown
    } catch {
      this.#at -= word.length
      return this.#fail(`${JSON.stringify(word)} is not a value of JSON: texts are in double quotes`)
    }
  }

  #object(depth: number): unknown {
    const members: [name: string, value: unknown][] = []
    const names = new Set<string>()
    this.#at++
    while (!this.#takes('}')) {
      const start = this.#at
      if (this.#text[start] !== '"')
        this.#fail(`a name in double quotes is expected, but ${this.#found()} follows`)
      const name = this.#string()
      if (names.has(name)) {
        this.#at = start
        this.#fail(`the name ${JSON.stringify(name)} is there twice`)
      }
      names.add(name)
      if (!this.#takes(':')) this.#fail(`":" is expected, but ${this.#found()} follows`)
      members.push([name, this.#value(depth + 1)])
      this.#commaOr('}')
    }
    return Object.fromEntries(members)
  }

  #list(depth: number): unknown[] {
    const elements: unknown[] = []
    this.#at++
    while (!this.#takes(']')) {
      elements.push(this.#value(depth + 1))
      this.#commaOr(']')
    }
    return elements
  }

  #string(): string {
    const start = this.#at
    const quoted = this.#match(/"(?:[^"\\\n\r]|\\.)*"/y)
    if (quoted === null) return this.#fail('the text has no closing double quote on its line')
    try {
      return JSON.parse(quoted) as string
    } catch {
      this.#at = start
      return this.#fail('the text has a control character or an escape that JSON does not have')
    }
  }

  /** Takes a comma, unless the end of the list or object follows. */
  #commaOr(end: string): void {
    if (this.#takes(',')) return
    if (this.#text[this.#at] !== end) this.#fail(`"," or "${end}" is expected, but ${this.#found()} follows`)
  }

  #takes(character: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  /** Skips white space and comments. */
  #skip(): void {
    while (this.#match(/[ \t\n\r]+|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//y) !== null);
    if (this.#text.startsWith('/*', this.#at)) this.#fail('the comment has no end')
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? null
    if (found !== null) this.#at += found.length
    return found
  }

  #found(): string {
    const point = this.#text.codePointAt(this.#at)
    return point === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(point))
  }

  #fail(problem: string): never {
    throw new JsonTextError(problem, this.#text, this.#at)
  }
}
