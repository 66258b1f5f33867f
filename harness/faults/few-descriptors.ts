/**
 * Opens the embedded store with no free file descriptor, then with one, two, and so on until it opens. Prints
 * what each failed open left behind, as JSON. An empty string means nothing.
 */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { DirectoryLock } from '../../src/store/sqlite/file/directory-lock.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const directory = process.argv[2]!
// Loads all modules now, because loading a module needs a descriptor.
await (await openSqliteStore({ directory })).close()

const left: string[] = []
for (let free = 0; ; free++) {
  const taken = takeAll()
  for (const descriptor of taken.splice(0, free)) closeSync(descriptor)
  const opened = await openSqliteStore({ directory }).catch(() => null)
  for (const descriptor of taken) closeSync(descriptor)
  if (opened !== null) {
    await opened.close()
    break
  }
  left.push(leftovers())
}
process.stdout.write(JSON.stringify(left))
process.exit()

function takeAll(): number[] {
  const taken: number[] = []
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'))
    } catch {
      return taken
    }
  }
}

function leftovers(): string {
  const threads = readdirSync('/proc/self/task').map((id) =>
    readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
  )
  if (threads.some((name) => name.startsWith('headlock'))) return 'a thread'
  try {
    DirectoryLock.take(directory).release()
    return ''
  } catch {
    return 'the lock'
  }
}
