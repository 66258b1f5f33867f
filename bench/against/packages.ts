interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  /** Only those who work on the program need it. */
  readonly dev?: boolean
}

/**
 * Whether two revisions can be started with the same `node_modules`: what their servers load is locked to the same files.
 * What only tests and tools need does not count.
 *
 * @param oneLock the text of a `package-lock.json`
 */
export function runsOnSamePackages(oneLock: string, otherLock: string): boolean {
  return loadedPackages(oneLock) === loadedPackages(otherLock)
}

function loadedPackages(lock: string): string {
  const { packages } = JSON.parse(lock) as { packages: Record<string, LockedPackage> }
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version, integrity }]) => `${path} ${version} ${integrity}`)
    .sort()
    .join('\n')
}
