/**
 * Computes two FNV-1a hashes with different start values, for tables in memory that threads share. It is practically
 * impossible that both hashes of two keys are equal.
 *
 * @param seed changes the hashes, so that nobody outside can choose keys that collide
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
