import { useEffect, useState } from 'preact/hooks'
import type { RequestAction } from '../../../api/shapes.ts'
import { textOf } from '../../../state/messages.ts'
import { countMatches } from './count-matches.ts'
import type { ActionOptions, ActionTarget } from './run-action.ts'

export interface Count {
  /** Null: not known yet. */
  readonly matched: number | null
  /** How many were found so far, where it takes long. */
  readonly counted: number
  /** Why they could not be counted. */
  readonly problem: string | null
}

/** How many requests an action would be about. They are counted once, when the window opens. */
export function useCount(
  queueId: string,
  action: RequestAction,
  target: ActionTarget,
  options: ActionOptions,
): Count {
  const [counted, setCounted] = useState(0)
  const [matched, setMatched] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const connection = new AbortController()
    const { signal } = connection
    countMatches(queueId, action, target, options, { signal, onCounted: setCounted }).then(
      (count) => {
        if (!signal.aborted) setMatched(count)
      },
      (error: unknown) => {
        if (!signal.aborted) setProblem(textOf(error))
      },
    )
    return () => connection.abort()
  }, [])
  return { matched, counted, problem }
}
