import type { StoreAddress } from './address.ts'
import type { CopySource, CopyTarget, StepSize } from './ends.ts'

/**
 * @param onTightened is told in words when rights on a data directory were taken from other users of the machine
 * @throws Error saying what to do, when it cannot be copied from
 */
export async function openSource(
  address: StoreAddress,
  stepSize?: StepSize,
  onTightened?: (what: string) => void,
): Promise<CopySource> {
  // Loaded now: a copy between two files needs no driver of a database.
  if (address.kind === 'sqlite') {
    return (await import('./sqlite-source.ts')).openSqliteSource(address.directory, stepSize, onTightened)
  }
  return (await import('./postgres-source.ts')).openPostgresSource(address, stepSize)
}

/**
 * @param onTightened as of `openSource`
 * @throws Error saying what to do, when it cannot be copied to
 */
export async function openTarget(
  address: StoreAddress,
  onTightened?: (what: string) => void,
): Promise<CopyTarget> {
  if (address.kind === 'sqlite') {
    return (await import('./sqlite-target.ts')).openSqliteTarget(address.directory, onTightened)
  }
  return (await import('./postgres-target.ts')).openPostgresTarget(address)
}
