import { useState } from 'preact/hooks'
import { ApiError } from '../../api/call.ts'
import { ShownAtField } from '../../parts/form-dialog.tsx'

interface NameProblem {
  /** For the field of the name. Null: there is none. */
  readonly problem: string | null
  clear(): void
  /** Passes on what a call answers. A refusal because of the name is kept for its field. */
  watch<Data>(called: Promise<Data>): Promise<Data>
}

export function useNameProblem(): NameProblem {
  const [problem, setProblem] = useState<string | null>(null)
  return {
    problem,
    clear: () => setProblem(null),
    async watch(called) {
      setProblem(null)
      try {
        return await called
      } catch (error) {
        if (!(error instanceof ApiError) || error.type !== 'name-not-unique') throw error
        setProblem(error.message)
        throw new ShownAtField()
      }
    },
  }
}
