import type { Command, Option } from 'commander'
import type { Config } from '../app/config/config.ts'
import { type ConfigSources, readSettings } from '../app/config/read-config.ts'
import { type Setting, settings } from '../app/config/settings.ts'
import type { Io } from './io.ts'

/** Gives the command a flag for the setting. The value stays as it was written: `readConfig` checks all of them. */
export function addSettingOption(command: Command, key: keyof Config): Command {
  const { flag, summary, byDefault, variable } = settings[key]
  if (flag === null) return command
  const description = `${summary} (default: ${byDefault ?? 'none'}; environment: ${variable})`
  return command.option(optionText(settings[key]), description)
}

/** `--port <PORT>`; in brackets where the argument may be left out. */
export function optionText({ flag, argument, alone }: Setting<unknown>): string {
  if (argument === null) return `${flag}`
  return alone === undefined ? `${flag} <${argument}>` : `${flag} [${argument}]`
}

/** The flags that the command was given, by their name (`--port`). */
export function givenFlags(command: Command): ConfigSources['flags'] {
  return Object.fromEntries(
    command.options.map((option) => [
      option.long,
      givenText(option, command.getOptionValue(option.attributeName())),
    ]),
  )
}

/**
 * The settings that the flags of the command and the environment name.
 *
 * @throws ConfigError naming every one that is not allowed
 */
export function settingsOf<Key extends keyof Config>(
  command: Command,
  { environment }: Pick<Io, 'environment'>,
  keys: readonly Key[],
): Pick<Config, Key> {
  return readSettings(keys, { flags: givenFlags(command), environment })
}

/** Commander has a boolean for what stands alone, and turns it round for a flag that begins with `--no-`. */
function givenText({ long, negate }: Option, value: unknown): string | undefined {
  if (typeof value !== 'boolean') return value as string | undefined
  if (value === negate) return undefined
  return Object.values(settings).find(({ flag }) => flag === long)?.alone ?? 'true'
}
