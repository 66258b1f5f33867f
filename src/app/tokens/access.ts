import { randomText } from '../../domain/identity.ts'
import { OperatorError } from '../../domain/operator-error.ts'
import { tokenHashOf } from '../../domain/token.ts'
import type { Store } from '../../store/store.ts'

/** The label of the token in HEADLOCK_TOKEN. No other token may have this label. */
export const environmentTokenLabel = 'HEADLOCK_TOKEN'

const tokenPrefix = 'headlock_'
/** 36 of 62 characters are more than 214 bits, which nobody can guess. */
const tokenRandomLength = 36

/** Makes a new secret. Its prefix lets people and secret scanners recognize it. */
export function makeToken(): string {
  return tokenPrefix + randomText(tokenRandomLength)
}

/** Makes a token for the user, and stores its hash. The token itself is only in the result, and nobody can get it later. */
export async function issueToken(
  accounts: Pick<Store, 'createToken'>,
  params: { userId: string; label: string | null; runId: string | null; readOnly: boolean },
): Promise<{ id: string; token: string }> {
  const token = makeToken()
  const { id } = await accounts.createToken({ ...params, tokenHash: tokenHashOf(token) })
  return { id, token }
}

/** Saves a token before it becomes valid. @returns a function that removes it again, for when storing the token fails */
export type KeepToken = (token: string) => () => void

/**
 * Makes the user's first token.
 *
 * @param keep when it throws, no token is made, because nobody would ever see it
 * @returns null when the user already has a token
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
 * Makes the token in the environment valid. A token that was set there before becomes invalid, because an operator who
 * changes the setting expects that.
 *
 * @throws OperatorError when the token already belongs to another user
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
      `Set another token for ${user.username}, or start with --username ${access.username}.`,
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
