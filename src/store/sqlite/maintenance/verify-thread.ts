import { Worker } from 'node:worker_threads'
import { fromThread } from '../../../domain/operator-error.ts'
import type { VerifyProgress, VerifyReport } from '../../maintenance/verify-report.ts'
import type { Depth } from './verify.ts'

export interface VerifyStart {
  readonly file: string
  readonly depth: Depth
  /** First computes anew what can be. Nobody else may have the file open. */
  readonly repair: boolean
}

export type VerifyAnswer = { readonly progress: VerifyProgress } | { readonly report: VerifyReport }

/**
 * Verifies a database file in a thread of its own, so that this one can show progress and hear signals.
 *
 * @throws OperatorError when it has another schema, or was to be repaired and cannot be; errors of SQLite when the file
 *   cannot be read
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
