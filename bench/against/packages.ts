interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Locked packages by their directory. The program itself has the directory ''. */
type Packages = Readonly<Record<string, LockedPackage>>

/**
 * Whether two revisions can share one `node_modules`: whether the packages that their servers load are locked
 * to the same files. Packages for tests and tools do not count.
 *
 * @param oneLock the text of a `package-lock.json`
 */
export function runsOnSamePackages(oneLock: string, otherLock: string): boolean {
  return loadedPackages(oneLock) === loadedPackages(otherLock)
}

function loadedPackages(lock: string): string {
  const { packages } = JSON.parse(lock) as { packages: Packages }
  const found = new Set<string>()
  const follow = (directory: string) => {
    const { dependencies, optionalDependencies, peerDependencies } = packages[directory]!
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const there = directoryOf(name, directory, packages)
      // Optional packages may be missing.
      if (there === null || found.has(there)) continue
      found.add(there)
      follow(there)
    }
  }
  follow('')
  const described = [...found].map((directory) => {
    const { version, integrity } = packages[directory]!
    return `${directory} ${version} ${integrity}`
  })
  return described.sort().join('\n')
}

/**
 * Where Node.js finds the package for code in this directory: in it, or in the nearest parent that has it.
 */
function directoryOf(name: string, from: string, packages: Packages): string | null {
  for (
    let directory = from;
    ;
    directory = directory.slice(0, Math.max(0, directory.lastIndexOf('node_modules/') - 1))
  ) {
    const there = `${directory}${directory === '' ? '' : '/'}node_modules/${name}`
    if (there in packages) return there
    if (directory === '') return null
  }
}
