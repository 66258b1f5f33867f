import type { StoreAddress } from './address.ts'
import type { CopySource, CopyTarget, StepSize } from './ends.ts'

/** @throws Error saying what to do, when it cannot be copied from */
export async function openSource(address: StoreAddress, stepSize?: StepSize): Promise<CopySource> {
  // Loaded now: a copy between two files needs no driver of a database.
  if (address.kind === 'sqlite') {
    return (await import('./sqlite-source.ts')).openSqliteSource(address.directory, stepSize)
  }
  return (await import('./postgres-source.ts')).openPostgresSource(address, stepSize)
}

/** @throws Error saying what to do, when it cannot be copied to */
export async function openTarget(address: StoreAddress): Promise<CopyTarget> {
  if (address.kind === 'sqlite') {
    return (await import('./sqlite-target.ts')).openSqliteTarget(address.directory)
  }
  return (await import('./postgres-target.ts')).openPostgresTarget(address)
}
