/** Faults that tests plant in the data of the embedded store, to prove that they are found. */
import { DatabaseSync } from 'node:sqlite'

/** Returns what does it, while nobody has the file open. */
export function planting(file: string, sql: string): () => void {
  return () => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
}

/** The first request that nobody holds is gone, and no count shows it. */
export const losingRequest = `
  CREATE TEMP TABLE victim AS SELECT number, queue_number, bytes FROM requests
    WHERE handled_at IS NULL AND locked_by IS NULL ORDER BY number LIMIT 1;
  DELETE FROM requests WHERE number IN (SELECT number FROM victim);
  UPDATE queues SET total_count = total_count - 1,
    storage_bytes = storage_bytes - (SELECT bytes FROM victim)
    WHERE number = (SELECT queue_number FROM victim)`
