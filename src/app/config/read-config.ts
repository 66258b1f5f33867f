import { type Config, ConfigError, type Fault } from './config.ts'
import { type Setting, settings } from './settings.ts'

/** Flags as they came, by their name (`--port`); environment variables as the process got them. */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Flags, then the environment, then the defaults. An environment variable that is set to nothing counts as not set.
 *
 * @throws ConfigError naming every flag and variable whose value is not allowed
 */
export function readConfig(sources: ConfigSources): Config {
  return Object.freeze(readSettings(Object.keys(settings) as (keyof Config)[], sources))
}

/** Some of the settings, for commands that need no more; the others are not looked at. */
export function readSettings<Key extends keyof Config>(
  keys: readonly Key[],
  sources: ConfigSources,
): Pick<Config, Key> {
  const faults: Fault[] = []
  const entries = keys.map((key) => [key, readSetting(settings[key], sources, faults)])
  if (faults.length > 0) throw new ConfigError(faults)
  // One value for each key, each from its own parser.
  return Object.fromEntries(entries) as Pick<Config, Key>
}

function readSetting<Value>(
  setting: Setting<Value>,
  { flags, environment }: ConfigSources,
  faults: Fault[],
): Value | null {
  const flag = setting.flag === null ? undefined : flags[setting.flag]
  const variable = environment[setting.variable] || undefined
  const text = flag ?? variable ?? setting.byDefault
  if (text === null) return null
  const value = text.trim() === '' ? undefined : setting.parse(text)
  if (value !== undefined) return value
  const name = flag === undefined ? setting.variable : setting.flag
  const given = setting.secret
    ? `a value of ${text.length} characters`
    : JSON.stringify(setting.masked?.(text) ?? text)
  const fault = setting.fault?.(text) ?? null
  const that = fault === null ? '' : ` that ${fault}`
  faults.push({ problem: `${name} was given ${given}${that}.`, advice: `Allowed is ${setting.allowed}.` })
  return null
}

/**
 * The check of a token that came past `readConfig`, from a program that embeds the server.
 *
 * @throws ConfigError
 */
export function checkToken(token: Config['token']): void {
  if (token !== null)
    readSettings(['token'], { flags: {}, environment: { [settings.token.variable]: token } })
}

/** What a server does that was told nothing. */
export function defaultConfig(): Config {
  return readConfig({ flags: {}, environment: {} })
}

/**
 * Names of environment variables that look like settings and are none: a misspelt one would do nothing, silently.
 * Kubernetes sets HEADLOCK_SERVICE_HOST and the like for a service of our name; those are left out.
 */
export function unknownVariables(environment: ConfigSources['environment']): string[] {
  const known = new Set(Object.values(settings).map((setting) => setting.variable))
  return Object.keys(environment).filter(
    (name) => /^HEADLOCK_/.test(name) && !known.has(name) && !/^HEADLOCK_(SERVICE_|PORT_)/.test(name),
  )
}
