import { type Config, ConfigError, type Fault } from './config.ts'
import { millisPerDay, type Setting, settings } from './settings.ts'

/** The flags as they were given, by name (`--port`), and the environment variables of the process. */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Reads all settings. A flag wins over the environment, the environment over the default. An empty environment variable
 * counts as not set.
 *
 * @throws ConfigError naming every flag and variable whose value is not allowed
 */
export function readConfig(sources: ConfigSources): Config {
  return Object.freeze(readSettings(Object.keys(settings) as (keyof Config)[], sources))
}

/** Reads only the named settings, for commands that need no others. The others are not checked. */
export function readSettings<Key extends keyof Config>(
  keys: readonly Key[],
  sources: ConfigSources,
): Pick<Config, Key> {
  const faults: Fault[] = []
  const entries = keys.map((key) => [key, readSetting(settings[key], sources, faults)])
  if (faults.length > 0) throw new ConfigError(faults)
  // Each key has a value from the parser of its own setting.
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
  const name = flag === undefined ? setting.variable : setting.flag!
  return parsed(setting, name, text, faults)
}

/** Null if the value is not allowed. Then it is a fault of the flag or variable with this name. */
function parsed<Value>(setting: Setting<Value>, name: string, text: string, faults: Fault[]): Value | null {
  const value = text.trim() === '' ? undefined : setting.parse(text)
  if (value !== undefined) return value
  const given = setting.secret
    ? `a value of ${text.length} characters`
    : JSON.stringify(setting.masked?.(text) ?? text)
  const fault = setting.fault?.(text) ?? null
  const that = fault === null ? '' : ` that ${fault}`
  faults.push({ problem: `${name} was given ${given}${that}.`, advice: `Allowed is ${setting.allowed}.` })
  return null
}

/** The settings whose values are texts and numbers, so that their parsers can check them. */
const plainKeys = [
  'host',
  'port',
  'storeConnections',
  'threads',
  'publicUrl',
  'username',
  'token',
  'logLevel',
  'rateLimits',
  'metricsPort',
  'metricsHost',
  'metricsQueues',
] as const

/**
 * Checks settings that a program passed directly, without `readConfig`, because it embeds the server. A path, a
 * store and a list of addresses are not checked here, but where they are used.
 *
 * @throws ConfigError naming the variable of every setting whose value is not allowed
 */
export function checkConfig(config: Config): void {
  const faults: Fault[] = []
  for (const key of plainKeys) {
    const value = config[key]
    if (value !== null) parsed<unknown>(settings[key], settings[key].variable, String(value), faults)
  }
  const days = (config.retentionMs / millisPerDay).toFixed(10)
  parsed(settings.retentionMs, settings.retentionMs.variable, days, faults)
  if (faults.length > 0) throw new ConfigError(faults)
}

/** The settings of a server that is started without flags and without environment variables. */
export function defaultConfig(): Config {
  return readConfig({ flags: {}, environment: {} })
}

/**
 * Finds environment variables that look like settings but are not. A misspelt variable would otherwise be ignored
 * silently. HEADLOCK_SERVICE_HOST and the like are left out: Kubernetes sets them for a service named headlock.
 */
export function unknownVariables(environment: ConfigSources['environment']): string[] {
  const known = new Set(Object.values(settings).map((setting) => setting.variable))
  return Object.keys(environment).filter(
    (name) => /^HEADLOCK_/.test(name) && !known.has(name) && !/^HEADLOCK_(SERVICE_|PORT_)/.test(name),
  )
}
