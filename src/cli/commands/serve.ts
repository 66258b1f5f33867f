import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import type { Config } from '../../app/config/config.ts'
import { type ConfigSources, readConfig, unknownVariables } from '../../app/config/read-config.ts'
import { settings } from '../../app/config/settings.ts'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { Millis } from '../../domain/time.ts'
import type { Io } from '../io.ts'
import { urlVariable } from '../server-address.ts'
import { addSettingOption, givenFlags } from '../setting-option.ts'
import { onHangUp, untilAskedToStop } from '../signals.ts'

/**
 * How long closing may take before the process ends anyway. Finishing calls, waiting for a silent database and copying a
 * long log all take less. Everything that was acknowledged is on the disk by then.
 */
const closingMsMax: Millis = 120_000

/**
 * Keeps V8 from creating objects among the old ones, as it does at places in the code whose objects lived long for a while. After a
 * burst of batch adds, the objects of every call filled the heap of old objects, which was collected seven times a second (docs/measurements/2026-11-26-way-in.md).
 */
const garbageFlag = '--no-allocation-site-pretenuring'

/** `headlock serve`: runs the server until SIGTERM or SIGINT, then finishes the calls in flight. */
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
  // Loaded only here, so that the help and the token commands need not load the whole server.
  const [{ startServer }, { writeFirstToken }, { createLogger }, { readyText }] = await Promise.all([
    import('../../app/compose.ts'),
    import('../../app/tokens/first-token.ts'),
    import('../logger.ts'),
    import('../ready-text.ts'),
  ])
  // Set after loading: once a flag of V8 is set, Node.js compiles each of its own modules anew, 30 ms for those of a server.
  for (const flag of [garbageFlag, ...driverOf(config).memoryFlags]) setFlagsFromString(flag)
  const logger = createLogger(config.logLevel, io.isTerminal)
  for (const name of unknownVariables(io.environment)) {
    // People export it for `headlock policy` and `headlock watch`, and start the server from the same shell.
    if (name === urlVariable) continue
    logger.warn(`${name} is set, but there is no such setting. "${io.callName} serve --help" lists them.`)
  }
  const askedToStop = untilAskedToStop(io.environment['npm_lifecycle_event'] !== undefined)
  // A terminal shows the token only to a person. Journals and pipes keep their output, so a file gets the token there.
  const keepFirstToken = (token: string) => writeFirstToken(config.dataDirectory, token)
  const hangUps = onHangUp(config.tlsCertFile !== null)
  const server = await startServer(config, {
    logger,
    environment: io.environment,
    ...(io.isTerminal ? {} : { keepFirstToken }),
  })
  io.out(readyText(server, io))
  hangUps.perform(() => server.reloadTls!())

  logger.info(`${await askedToStop}: finishing the calls in flight, then closing`)
  await server.close({
    afterMs: closingMsMax,
    report(name) {
      logger.fatal(
        `closing ${name} takes too long, so the process ends now. Nothing that was acknowledged is lost.`,
      )
      process.exit(1)
    },
  })
  logger.info('closed')
}

function environmentHelp(): string {
  const { variable, summary, allowed } = settings.token
  return `
This setting has no flag, because other users of the machine can see flags:
  ${variable}  ${summary}
                  Allowed: ${allowed}

For the same reason, put a PostgreSQL URL with a password into HEADLOCK_STORE. No log and no message shows the password.

A flag overrides its environment variable, and the variable overrides the default.
SIGTERM and SIGINT finish the calls in flight, then close the database. A second signal ends the process at once.
SIGHUP reloads the certificate of --tls-cert and its key. Open connections stay open.`
}
