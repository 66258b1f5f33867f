import type { Command, Option } from 'commander'
import type { Config } from '../app/config/config.ts'
import { type ConfigSources, readSettings } from '../app/config/read-config.ts'
import { type Setting, settings } from '../app/config/settings.ts'
import type { Io } from './io.ts'

/** Adds the flag of a setting to a command. The value is not checked here, because `readConfig` checks all values. */
export function addSettingOption(command: Command, key: keyof Config): Command {
  const { flag, summary, byDefault, variable } = settings[key]
  if (flag === null) return command
  const description = `${summary} (default: ${byDefault ?? 'none'}; environment: ${variable})`
  return command.option(optionText(settings[key]), description)
}

/** Formats a flag for the help: `--port <PORT>`, or `--trust-proxy [ADDRESSES]` when the argument is optional. */
export function optionText({ flag, argument, alone }: Setting<unknown>): string {
  if (argument === null) return `${flag}`
  return alone === undefined ? `${flag} <${argument}>` : `${flag} [${argument}]`
}

/** The flags that were given to the command, by name (`--port`). */
export function givenFlags(command: Command): ConfigSources['flags'] {
  return Object.fromEntries(
    command.options.map((option) => [
      option.long,
      givenText(option, command.getOptionValue(option.attributeName())),
    ]),
  )
}

/**
 * Reads settings from the flags of the command and from the environment.
 *
 * @throws ConfigError naming every value that is not allowed
 */
export function settingsOf<Key extends keyof Config>(
  command: Command,
  { environment }: Pick<Io, 'environment'>,
  keys: readonly Key[],
): Pick<Config, Key> {
  return readSettings(keys, { flags: givenFlags(command), environment })
}

/** For a flag without an argument, Commander gives a boolean, which it inverts when the flag begins with `--no-`. */
function givenText({ long, negate }: Option, value: unknown): string | undefined {
  if (typeof value !== 'boolean') return value as string | undefined
  if (value === negate) return undefined
  return Object.values(settings).find(({ flag }) => flag === long)?.alone ?? 'true'
}
