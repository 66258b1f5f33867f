/**
 * Arrays of values as PostgreSQL takes them in binary: a statement about thousands of rows has a few of them as its
 * parameters. In text, as the driver would send them, every value is escaped here and parsed there, which costs more than
 * all else that a server does for an added request.
 */

const textOid = 25
const bigintOid = 20
/** One dimension; whether there are nulls; the type of the elements; how many; and the number of the first one. */
const headerBytes = 20
const lengthBytes = 4
const nullLength = -1
/** A UTF-16 code unit takes so many bytes of UTF-8 at the most. */
const bytesPerUnitMax = 3

/** For a parameter of the type `text[]`. */
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
 * For a parameter of the type `bigint[]`.
 *
 * @param values whole numbers, each less than 2^53 from zero
 * @throws RangeError for anything else
 */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  const array = Buffer.allocUnsafe(headerBytes + values.length * (lengthBytes + 8))
  writeHeader(array, bigintOid, values.length)
  let end = headerBytes
  for (const value of values) {
    if (value === null) {
      end = array.writeInt32BE(nullLength, end)
    } else {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number that can be stored`)
      const high = Math.floor(value / 2 ** 32)
      end = array.writeInt32BE(8, end)
      end = array.writeInt32BE(high, end)
      end = array.writeUInt32BE(value - high * 2 ** 32, end)
    }
  }
  return array.subarray(0, end)
}

function writeHeader(array: Buffer, elementOid: number, count: number): void {
  array.writeInt32BE(1, 0)
  // Says that there may be nulls; none need be.
  array.writeInt32BE(1, 4)
  array.writeInt32BE(elementOid, 8)
  array.writeInt32BE(count, 12)
  array.writeInt32BE(1, 16)
}
