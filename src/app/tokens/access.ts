import { randomText } from '../../domain/identity.ts'
import { OperatorError } from '../../domain/operator-error.ts'
import { tokenHashOf } from '../../domain/token.ts'
import type { Store } from '../../store/store.ts'

/** The label of the token that HEADLOCK_TOKEN sets; no other token may have it. */
export const environmentTokenLabel = 'HEADLOCK_TOKEN'

const tokenPrefix = 'headlock_'
/** 62^36 is more than 2^214: nobody guesses one. */
const tokenRandomLength = 36

/** A new secret. The prefix lets people and secret scanners see what it is. */
export function makeToken(): string {
  return tokenPrefix + randomText(tokenRandomLength)
}

/** Makes a token for the user, stores its hash, and gives the token itself: nobody can ask for it later. */
export async function issueToken(
  accounts: Pick<Store, 'createToken'>,
  params: { userId: string; label: string | null; runId: string | null; readOnly: boolean },
): Promise<{ id: string; token: string }> {
  const token = makeToken()
  const { id } = await accounts.createToken({ ...params, tokenHash: tokenHashOf(token) })
  return { id, token }
}

/** Writes a token down before it is valid. @returns undoes it, when the token does not become valid */
export type KeepToken = (token: string) => () => void

/**
 * The user's first token; null when there is one already.
 *
 * @param keep when it throws, no token is made: one that nobody gets to see would be the only one
 */
export async function issueFirstToken(
  store: Pick<Store, 'listTokens' | 'createToken'>,
  userId: string,
  keep: KeepToken = () => () => {},
): Promise<string | null> {
  const tokens = await store.listTokens()
  if (tokens.some((token) => token.userId === userId)) return null
  const token = makeToken()
  const discard = keep(token)
  const params = { userId, label: 'first token', runId: null, readOnly: false }
  try {
    await store.createToken({ ...params, tokenHash: tokenHashOf(token) })
  } catch (cause) {
    discard()
    throw cause
  }
  return token
}

/**
 * Makes the token of the environment valid, and the one it replaces invalid: whoever sets another one expects the
 * old one to be gone.
 *
 * @throws OperatorError when it is the token of another user
 */
export async function acceptEnvironmentToken(
  store: Pick<Store, 'findCaller' | 'createToken' | 'listTokens' | 'revokeToken'>,
  user: { id: string; username: string },
  token: string,
): Promise<void> {
  const tokenHash = tokenHashOf(token)
  const access = await store.findCaller({ tokenHash })
  if (access !== null && access.userId !== user.id) {
    throw new OperatorError(
      `HEADLOCK_TOKEN is already a token of the user ${access.username}.`,
      `Give ${user.username} another one, or start with --username ${access.username}.`,
    )
  }
  const tokenId =
    access?.tokenId ??
    (await store
      .createToken({
        userId: user.id,
        tokenHash,
        label: environmentTokenLabel,
        runId: null,
        readOnly: false,
      })
      .then((created) => created.id))
  for (const other of await store.listTokens()) {
    const replaced = other.userId === user.id && other.label === environmentTokenLabel && other.id !== tokenId
    if (replaced) await store.revokeToken({ id: other.id })
  }
}
