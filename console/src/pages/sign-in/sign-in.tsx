import { useState } from 'preact/hooks'
import { call } from '../../api/call.ts'
import type { Session } from '../../api/shapes.ts'
import { Button } from '../../parts/button.tsx'
import { Logo } from '../../parts/icons.tsx'
import { textOf } from '../../state/messages.ts'

/** Takes a token once. The server gives a cookie for it, and the page forgets it. */
export function SignIn({ onSignedIn }: { onSignedIn(session: Session): void }) {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isSending, setIsSending] = useState(false)

  async function signIn(): Promise<void> {
    setIsSending(true)
    try {
      onSignedIn(await call<Session>('POST', 'headlock/v1/session', { token }))
    } catch (error) {
      setProblem(textOf(error))
      setIsSending(false)
    }
  }

  return (
    <main class="panel sign-in">
      <h1 class="row">
        <Logo /> Headlock
      </h1>
      <p class="quiet">Paste an API token of this server.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void signIn()
        }}
      >
        <input
          type="password"
          aria-label="API token"
          placeholder="API token"
          autocomplete="off"
          required
          maxLength={1000}
          // The page has this one purpose.
          autofocus
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <Button type="submit" kind="main" isDisabled={isSending}>
          Sign in
        </Button>
      </form>
      {problem !== null && (
        <p class="problem small" role="alert">
          {problem}
        </p>
      )}
      <p class="quiet small">
        The first start of the server makes a token, and <code>headlock token create</code> makes more. The
        browser stays signed in for eight hours.
      </p>
    </main>
  )
}
