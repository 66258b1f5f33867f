import { OperatorError } from '../../domain/operator-error.ts'
import { codeOf } from '../../store/postgres/connection/driver-codes.ts'
import { type PostgresChoice, partsOf, postgresPlace } from '../config/store-choice.ts'

/**
 * Says which database could not be opened and what to do. Errors that say so themselves stay as they are. A password is in
 * none of them.
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

/** What the driver or the database said; the store may have wrapped it. */
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
        advice: 'Start it, or name the host and port where it listens with --store.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        problem: `no machine is known by the name ${host}`,
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
        problem: `it does not let us in${asUser} (${message})`,
        advice:
          'Correct the user and the password in --store or HEADLOCK_STORE, or allow them in its pg_hba.conf.',
      }
    case '3D000':
      return {
        problem: 'there is no such database',
        advice: `Make it, say with "createdb ${database}", or name another with --store.`,
      }
    case '25006':
      return {
        problem: 'it can only be read; it may be a standby',
        advice: 'Name the primary with --store, where it can be written to.',
      }
    case '42501':
      return {
        problem: `this user may not do what is needed there (${message})`,
        advice: `Let it make a schema: GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(user)}.`,
      }
    case '53300':
      return {
        problem: `it has no connection left (${message})`,
        advice: 'Raise max_connections there, or lower --store-connections of the servers that share it.',
      }
    case '57P03':
      return {
        problem: `it is not ready (${message})`,
        advice: 'Wait until it has started, then start again.',
      }
    case 'PG_NO_PASSWORD':
      return {
        problem: `it asks for a password${asUser}, and there is none`,
        advice: 'Put the password into HEADLOCK_STORE, or into PGPASSWORD.',
      }
  }
  return {
    problem: message.replace(/\.$/, ''),
    advice: 'If that does not tell what to do, look into the log of the PostgreSQL server.',
  }
}

function unreachable(port: string): { readonly problem: string; readonly advice: string } {
  return {
    problem: 'it does not answer',
    advice: `See that it runs and that no firewall is before its port ${port}, or name another with --store.`,
  }
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
