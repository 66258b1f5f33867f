import { tmpdir } from 'node:os'

/**
 * The directory for the data of servers. The temporary directory of the system may be in memory, where
 * durability costs nothing. The variable names a directory on a disk.
 */
export const baseDirectory = process.env['HEADLOCK_BENCH_DIRECTORY'] ?? tmpdir()
