import type { Command } from 'commander'
import type { Config, ConfigSources } from '../app/config.ts'
import { settings } from '../app/settings.ts'

/** Gives the command a flag for the setting. The value stays as it was written: `readConfig` checks all of them. */
export function addSettingOption(command: Command, key: keyof Config): Command {
  const { flag, argument, summary, byDefault, variable } = settings[key]
  if (flag === null) return command
  const description = `${summary} (default: ${byDefault ?? 'none'}; environment: ${variable})`
  return command.option(`${flag} <${argument}>`, description)
}

/** The flags that the command was given, by their name (`--port`). */
export function givenFlags(command: Command): ConfigSources['flags'] {
  return Object.fromEntries(
    command.options.map((option) => [option.long, command.getOptionValue(option.attributeName())]),
  )
}
