import type { ConsoleBench } from '../../../harness/console/console-bench.ts'

/** What people do with the console, by what it is. Each makes queues of its own. */
export type Tasks = Readonly<Record<string, (bench: ConsoleBench) => Promise<void>>>
