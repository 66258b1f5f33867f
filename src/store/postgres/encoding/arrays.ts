/**
 * Encodes arrays in PostgreSQL's binary format. A statement about thousands of rows takes a few such arrays
 * as parameters. As text, which the driver would send, every value is escaped here and parsed there. That
 * costs more than everything else a server does for an added request.
 */

const textOid = 25
const bigintOid = 20
/**
 * The header: the number of dimensions, whether there may be nulls, the element type, the length, and the
 * first index.
 */
const headerBytes = 20
const lengthBytes = 4
const nullLength = -1
/** The most bytes of UTF-8 that one UTF-16 code unit takes. */
const bytesPerUnitMax = 3

/** Encodes a parameter of type `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytesMax = headerBytes
  for (const value of values) {
    bytesMax += lengthBytes + (value === null ? 0 : value.length * bytesPerUnitMax)
  }
  const array = Buffer.allocUnsafe(bytesMax)
  writeHeader(array, textOid, values.length)
  let end = headerBytes
  for (const value of values) {
    const bytes = value === null ? nullLength : array.write(value, end + lengthBytes)
    array.writeInt32BE(bytes, end)
    end += lengthBytes + Math.max(bytes, 0)
  }
  return array.subarray(0, end)
}

/**
 * Encodes a parameter of type `bigint[]`.
 *
 * @param values whole numbers, each less than 2^53 from zero
 * @throws RangeError for any other number
 */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  const array = Buffer.allocUnsafe(headerBytes + values.length * (lengthBytes + 8))
  writeHeader(array, bigintOid, values.length)
  // Writes numbers several times as fast as a buffer.
  const view = new DataView(array.buffer, array.byteOffset, array.length)
  let end = headerBytes
  for (const value of values) {
    if (value === null) {
      view.setInt32(end, nullLength)
      end += lengthBytes
    } else {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number that can be stored`)
      const high = Math.floor(value / 2 ** 32)
      view.setInt32(end, 8)
      view.setInt32(end + lengthBytes, high)
      view.setUint32(end + lengthBytes + 4, value - high * 2 ** 32)
      end += lengthBytes + 8
    }
  }
  return array.subarray(0, end)
}

function writeHeader(array: Buffer, elementOid: number, count: number): void {
  array.writeInt32BE(1, 0)
  // There may be nulls. It is allowed to say so when there are none.
  array.writeInt32BE(1, 4)
  array.writeInt32BE(elementOid, 8)
  array.writeInt32BE(count, 12)
  array.writeInt32BE(1, 16)
}
