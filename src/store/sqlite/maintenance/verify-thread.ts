import { Worker } from 'node:worker_threads'
import { fromThread } from '../../../domain/operator-error.ts'
import type { VerifyProgress, VerifyReport } from '../../maintenance/verify-report.ts'
import type { Depth } from './verify.ts'

export interface VerifyStart {
  readonly file: string
  readonly depth: Depth
  /** Whether to repair first. Nobody else may have the file open then. */
  readonly repair: boolean
}

export type VerifyAnswer = { readonly progress: VerifyProgress } | { readonly report: VerifyReport }

/**
 * Verifies a database file in a thread of its own, so that this thread can show progress and handle signals.
 *
 * @throws OperatorError if the file has another schema, or cannot be repaired; errors of SQLite if it cannot
 *   be read
 */
export function verifyFile(
  start: VerifyStart,
  onProgress: (progress: VerifyProgress) => void,
): Promise<VerifyReport> {
  const self = import.meta.url
  const worker = new Worker(
    new URL(self.endsWith('.ts') ? './verify.worker.ts' : './verify.worker.js', self),
    { workerData: start, name: 'headlock-verify' },
  )
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: VerifyAnswer) => {
      if ('progress' in answer) onProgress(answer.progress)
      else resolve(answer.report)
    })
    worker.on('error', (error) => reject(fromThread(error)))
    worker.on('exit', () => reject(new Error('the thread that verifies ended without an answer')))
  })
}
