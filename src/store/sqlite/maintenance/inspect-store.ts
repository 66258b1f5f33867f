import { stat, statfs } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import type { StoreState } from '../../params/state.ts'

/** @param file the path of the database */
export async function inspectStore(db: DatabaseSync, file: string): Promise<StoreState> {
  const { version } = db.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  const [database, wal, disk] = await Promise.all([stat(file), sizeOf(`${file}-wal`), statfs(file)])
  return {
    kind: 'sqlite',
    version,
    sizeBytes: database.size,
    walBytes: wal,
    disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
  }
}

/** 0 if there is no such file. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
