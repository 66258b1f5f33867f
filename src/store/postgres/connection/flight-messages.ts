/**
 * Writes the messages of PostgreSQL's extended query protocol (version 3.0) for many statements into one piece of
 * memory. The driver's own functions write each message by itself, several for each statement.
 */
import type { Bound, Parameter } from './statement.ts'

const code = { parse: 0x50, bind: 0x42, describe: 0x44, execute: 0x45, sync: 0x53 }
const portalKind = 0x50
/** The most bytes of UTF-8 that one UTF-16 code unit takes. */
const bytesPerUnitMax = 3
/** More than the fixed parts of the four messages for one statement. */
const fixedBytesPerStatement = 64
/** The format and the length of a parameter. */
const fixedBytesPerParameter = 6
const nullLength = -1
const textFormat = 0
const binaryFormat = 1

export interface StatementToSend {
  readonly bound: Bound
  /** Whether the connection does not know the statement yet: it is parsed, and its columns are asked for. */
  readonly isNew: boolean
}

/** The messages for the statements, and the one that ends the flight. Parameters of values are sent as text. */
export function messagesOf(statements: readonly StatementToSend[]): Buffer {
  const writer = new Writer(bytesMaxOf(statements))
  for (const { bound, isNew } of statements) {
    if (isNew) {
      writer.begin(code.parse)
      writer.zeroEnded(nameInFlights(bound))
      writer.zeroEnded(bound.text)
      writer.int16(0)
      writer.end()
    }
    writeBind(writer, bound)
    if (isNew) {
      writer.begin(code.describe)
      writer.byte(portalKind)
      writer.zeroEnded('')
      writer.end()
    }
    writer.begin(code.execute)
    writer.zeroEnded('')
    writer.int32(0)
    writer.end()
  }
  writer.begin(code.sync)
  writer.end()
  return writer.written()
}

function writeBind(writer: Writer, bound: Bound): void {
  const { values } = bound
  writer.begin(code.bind)
  writer.zeroEnded('')
  writer.zeroEnded(nameInFlights(bound))
  writer.int16(values.length)
  for (const value of values) writer.int16(Buffer.isBuffer(value) ? binaryFormat : textFormat)
  writer.int16(values.length)
  for (const value of values) writer.parameter(value)
  // All columns come in one format.
  writer.int16(1)
  writer.int16(textFormat)
  writer.end()
}

/** The driver keeps account of the statements that it parsed itself, so the same one has another name here. */
function nameInFlights({ name }: Bound): string {
  return `${name}+`
}

function bytesMaxOf(statements: readonly StatementToSend[]): number {
  let bytes = fixedBytesPerStatement
  for (const { bound, isNew } of statements) {
    bytes += fixedBytesPerStatement + 2 * bound.name.length
    if (isNew) bytes += bound.text.length * bytesPerUnitMax
    for (const value of bound.values) {
      bytes += fixedBytesPerParameter
      if (Buffer.isBuffer(value)) bytes += value.length
      else if (value !== null) bytes += String(value).length * bytesPerUnitMax
    }
  }
  return bytes
}

class Writer {
  readonly #bytes: Buffer
  #end = 0
  #messageAt = 0

  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafe(bytesMax)
  }

  begin(messageCode: number): void {
    this.byte(messageCode)
    this.#messageAt = this.#end
    // The length, which counts itself and not the code.
    this.#end += 4
  }

  end(): void {
    this.#bytes.writeInt32BE(this.#end - this.#messageAt, this.#messageAt)
  }

  byte(value: number): void {
    this.#end = this.#bytes.writeUInt8(value, this.#end)
  }

  int16(value: number): void {
    this.#end = this.#bytes.writeUInt16BE(value, this.#end)
  }

  int32(value: number): void {
    this.#end = this.#bytes.writeInt32BE(value, this.#end)
  }

  zeroEnded(text: string): void {
    this.#end += this.#bytes.write(text, this.#end)
    this.byte(0)
  }

  parameter(value: Parameter): void {
    if (value === null) {
      this.int32(nullLength)
      return
    }
    const at = this.#end + 4
    const bytes = Buffer.isBuffer(value) ? value.copy(this.#bytes, at) : this.#bytes.write(String(value), at)
    this.int32(bytes)
    this.#end += bytes
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }
}
