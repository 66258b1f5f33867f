/**
 * FNV-1a, twice with different beginnings, for tables in memory that threads share: two keys with both hashes equal are not to
 * be met.
 *
 * @param seed other hashes for other seeds, so that nobody outside can choose keys that meet
 */
export function keyHashes(key: string, seed = 0): [number, number] {
  let first = 0x811c9dc5 ^ seed
  let other = 0x9747b28c ^ seed
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index)
    first = Math.imul(first ^ unit, 0x01000193)
    other = Math.imul(other ^ unit, 0x01000193)
  }
  return [first | 0, other | 0]
}
