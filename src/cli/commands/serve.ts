import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import type { Config } from '../../app/config/config.ts'
import { type ConfigSources, readConfig, unknownVariables } from '../../app/config/read-config.ts'
import { settings } from '../../app/config/settings.ts'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { Millis } from '../../domain/time.ts'
import type { Io } from '../io.ts'
import { addSettingOption, givenFlags } from '../setting-option.ts'
import { onHangUp, untilAskedToStop } from '../signals.ts'

/**
 * Longer than anything takes that is to be waited for: what is in flight, a database that does not answer, the copy of a long
 * log. What hangs for longer would hang for ever, and what was acknowledged is on the disk.
 */
const closingMsMax: Millis = 120_000

/** `headlock serve`: runs the server until SIGTERM or SIGINT, then finishes what is in flight. */
export function addServe(parent: Command, io: Io): void {
  const command = parent.command('serve').description('run the server')
  const keys = Object.keys(settings) as (keyof Config)[]
  for (const key of keys) addSettingOption(command, key)
  const flags = Object.values(settings).flatMap(({ flag }) => flag ?? [])
  command
    .addHelpText('after', environmentHelp())
    .showHelpAfterError(`Allowed are ${flags.join(', ')}. "${io.callName} serve --help" explains them.`)
    .action(() => serve(givenFlags(command), io))
}

async function serve(flags: ConfigSources['flags'], io: Io): Promise<void> {
  const config = readConfig({ flags, environment: io.environment })
  for (const flag of driverOf(config).memoryFlags) setFlagsFromString(flag)
  // Loaded now: the help and the token commands answer sooner without the whole server.
  const [{ startServer }, { writeFirstToken }, { createLogger }, { readyText }] = await Promise.all([
    import('../../app/compose.ts'),
    import('../../app/tokens/first-token.ts'),
    import('../logger.ts'),
    import('../ready-text.ts'),
  ])
  const logger = createLogger(config.logLevel, io.isTerminal)
  for (const name of unknownVariables(io.environment)) {
    logger.warn(`${name} is set, but there is no such setting. "${io.callName} serve --help" lists them.`)
  }
  const askedToStop = untilAskedToStop(io.environment['npm_lifecycle_event'] !== undefined)
  // Only a terminal shows it to a person and to nobody else; other output is kept by journals and pipes.
  const keepFirstToken = (token: string) => writeFirstToken(config.dataDirectory, token)
  const hangUps = onHangUp(config.tlsCertFile !== null)
  const server = await startServer(config, { logger, ...(io.isTerminal ? {} : { keepFirstToken }) })
  io.out(readyText(server, io))
  hangUps.perform(() => server.reloadTls!())

  logger.info(`${await askedToStop}: finishing the calls in flight, then closing`)
  await server.close({
    afterMs: closingMsMax,
    report(name) {
      logger.fatal(
        `closing ${name} takes too long: ending without it. Nothing that was acknowledged is lost.`,
      )
      process.exit(1)
    },
  })
  logger.info('closed')
}

function environmentHelp(): string {
  const { variable, summary, allowed } = settings.token
  return `
By the environment alone, because other users of the machine can see flags:
  ${variable}  ${summary}
                  (${allowed})

The URL of a PostgreSQL may hold a password; they cannot see it in HEADLOCK_STORE, and it is in no log and no message.

A flag wins over its environment variable, and that over the default.
SIGTERM and SIGINT finish the calls in flight and close the database; a second one ends at once. SIGHUP reads the
certificate of --tls-cert and its key again; connections stay.`
}
