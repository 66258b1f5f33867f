import { HeadlockError } from '../../src/domain/errors.ts'
import type { PolicyView } from '../../src/store/params/policies.ts'
import type { StoredQueue } from './stored.ts'

/** The oracle has no groups to build, so every policy is in force at once. */
export function policyView({ policyDocument, policyVersion }: StoredQueue): PolicyView {
  return { document: policyDocument ?? {}, version: policyVersion, state: 'active', progress: null }
}

/** @throws HeadlockError unless the queue has this version of its policy; null is any (13.1) */
export function assertVersion({ policyVersion: version }: StoredQueue, given: number | null): void {
  if (given !== null && given !== version) throw new HeadlockError('policyVersionDiffers', { given, version })
}
