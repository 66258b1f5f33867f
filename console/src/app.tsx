import { useEffect, useState } from 'preact/hooks'
import { ApiError, call, signedOut } from './api/call.ts'
import type { Session } from './api/shapes.ts'
import { Frame } from './frame.tsx'
import { SignIn } from './pages/sign-in/sign-in.tsx'
import { Toasts } from './parts/toasts.tsx'
import { SessionContext } from './state/session.ts'

export const sessionPath = 'headlock/v1/session'

/** The console: the sign-in, or the page of the address. `undefined`: it is not known yet who is signed in. */
export function App() {
  const [session, setSession] = useState<Session | null | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const onSignedOut = () => setSession(null)
    signedOut.addEventListener('signed-out', onSignedOut)
    void ask()
    return () => signedOut.removeEventListener('signed-out', onSignedOut)
  }, [])

  async function ask(): Promise<void> {
    try {
      setSession(await call<Session>('GET', sessionPath))
      setProblem(null)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return
      setProblem(error instanceof Error ? error.message : String(error))
      setTimeout(ask, 2000)
    }
  }

  if (session === undefined) {
    return problem === null ? null : (
      <main>
        <p class="problem" role="alert">
          {problem} Trying again.
        </p>
      </main>
    )
  }
  return (
    <SessionContext.Provider value={session}>
      {session === null ? <SignIn onSignedIn={setSession} /> : <Frame session={session} />}
      <Toasts />
    </SessionContext.Provider>
  )
}
