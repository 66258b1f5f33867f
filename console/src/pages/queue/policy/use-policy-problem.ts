import { useEffect, useState } from 'preact/hooks'
import { ApiError, call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'

const pauseMs = 350
/** No policy was changed so often. */
const impossibleVersion = '"999999999999999"'

/**
 * What the server finds wrong with a policy. It is sent for a version that the queue does not have: a wrong policy is refused for what is
 * wrong with it, and a right one for the version. So nothing is changed, and the rules for policies are on the server alone.
 *
 * @param text the policy as JSON. Null: nothing is checked
 * @returns null while nothing is known to be wrong
 */
export function usePolicyProblem(queueId: string, text: string | null): string | null {
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (text === null) return setProblem(null)
    const connection = new AbortController()
    const timer = setTimeout(() => {
      const options = { headers: { 'if-match': impossibleVersion }, signal: connection.signal }
      call('PUT', queuePath(queueId, '/policy'), JSON.parse(text), options).catch((error: unknown) => {
        if (connection.signal.aborted) return
        setProblem(error instanceof ApiError && error.status === 400 ? error.message : null)
      })
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      connection.abort()
    }
  }, [queueId, text])
  return problem
}
