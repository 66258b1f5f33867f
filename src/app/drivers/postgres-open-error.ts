import { OperatorError } from '../../domain/operator-error.ts'
import { codeOf } from '../../store/postgres/connection/driver-codes.ts'
import { type PostgresChoice, partsOf, postgresPlace } from '../config/store-choice.ts'

/**
 * Turns a failure to open the database into an error that names the database and says what to do. An OperatorError stays
 * as it is. No message contains the password.
 */
export function postgresOpenError(cause: unknown, choice: PostgresChoice): unknown {
  if (cause instanceof OperatorError) return cause
  const reason = errorWithCode(cause)
  const { problem, advice } = explain(reason, choice)
  const place = postgresPlace(choice)
  return new OperatorError(
    `${place.charAt(0).toUpperCase()}${place.slice(1)} cannot be used: ${problem}.`,
    advice,
    { cause },
  )
}

interface Reason {
  readonly code: string | undefined
  readonly message: string
}

/** Finds the error of the driver or the database. The store may have wrapped it. */
function errorWithCode(thrown: unknown): Reason {
  if (!(thrown instanceof Error)) return { code: undefined, message: String(thrown) }
  const code = codeOf(thrown)
  if (code !== undefined) return { code, message: thrown.message }
  return thrown.cause instanceof Error
    ? errorWithCode(thrown.cause)
    : { code: undefined, message: thrown.message }
}

function explain(
  { code, message }: Reason,
  choice: PostgresChoice,
): { readonly problem: string; readonly advice: string } {
  const { user, database, host, port } = partsOf(choice)
  const asUser = user === '' ? '' : ` as ${user}`
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return {
        problem: 'nothing listens there',
        advice: 'Start it, or correct the host and port in --store or HEADLOCK_STORE.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        problem: `the host name ${host} cannot be resolved`,
        advice: 'Correct the host in --store or HEADLOCK_STORE.',
      }
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ECONNRESET':
    case 'PG_CONNECT_TIMEOUT':
    case 'PG_CONNECTION_ENDED':
    case 'PG_QUERY_TIMEOUT':
      return unreachable(port)
    case '28P01':
    case '28000':
      return {
        problem: `it refuses the login${asUser} (${message})`,
        advice:
          'Correct the user and the password in --store or HEADLOCK_STORE, or allow them in its pg_hba.conf.',
      }
    case '3D000':
      return {
        problem: 'there is no such database',
        advice: `Create it, for example with "createdb ${database}", or name another one with --store.`,
      }
    case '25006':
      return {
        problem: 'it is read-only, perhaps because it is a standby',
        advice: 'Name the primary with --store.',
      }
    case '42501':
      return {
        problem: `the user does not have the rights that are needed (${message})`,
        advice: `Allow the user to create a schema: GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(user)}.`,
      }
    case '53300':
      return {
        problem: `it has no free connection (${message})`,
        advice: 'Raise max_connections there, or lower --store-connections of the servers that share it.',
      }
    case '57P03':
      return {
        problem: `it is not ready (${message})`,
        advice: 'Wait until the database has started, then try again.',
      }
    case 'PG_NO_PASSWORD':
      return {
        problem: `it asks for a password${asUser}, but none was given`,
        advice: 'Put the password into HEADLOCK_STORE or PGPASSWORD.',
      }
  }
  return {
    problem: message.replace(/\.$/, ''),
    advice: 'The log of the PostgreSQL server may say more.',
  }
}

function unreachable(port: string): { readonly problem: string; readonly advice: string } {
  return {
    problem: 'it does not answer',
    advice: `Check that it runs and that no firewall blocks its port ${port}, or name another one with --store.`,
  }
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
