type Environment = Readonly<Record<string, string | undefined>>

/** OpenTelemetry's default. */
const intervalMsByDefault = 60_000
const intervalMsMin = 1_000

export interface ExportSettings {
  readonly intervalMs: number
}

/**
 * Decides whether metrics are exported, by the variables that OpenTelemetry specifies. The library reads those that say where to,
 * and how.
 *
 * @param warn is told why metrics are not exported although a variable asks for it, and what to do
 * @returns null if they are not exported
 */
export function exportSettings(
  environment: Environment,
  warn: (text: string) => void,
): ExportSettings | null {
  const textOf = (name: string) => environment[name]?.trim() || undefined
  const names = ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']
  const endpointName = names.find((name) => textOf(name) !== undefined)
  if (endpointName === undefined || textOf('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return null
  const exporters = textOf('OTEL_METRICS_EXPORTER')?.split(',') ?? ['otlp']
  if (!exporters.some((name) => name.trim() === 'otlp')) return null
  const endpoint = textOf(endpointName)!
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    warn(
      `metrics are not exported: ${endpointName} is not an http or https URL, such as http://localhost:4318`,
    )
    return null
  }
  const protocolName = ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find(
    (name) => textOf(name) !== undefined,
  )
  if (protocolName !== undefined && !textOf(protocolName)!.startsWith('http/')) {
    warn(
      `metrics are not exported: ${protocolName} is ${textOf(protocolName)}, but Headlock speaks http/json alone. Set it to ` +
        'http/json, and name the port of the collector for HTTP, which is usually 4318',
    )
    return null
  }
  return { intervalMs: intervalOf(textOf('OTEL_METRIC_EXPORT_INTERVAL'), warn) }
}

function intervalOf(text: string | undefined, warn: (text: string) => void): number {
  if (text === undefined) return intervalMsByDefault
  const intervalMs = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (intervalMs >= intervalMsMin) return intervalMs
  warn(
    `OTEL_METRIC_EXPORT_INTERVAL is ${JSON.stringify(text)}. Allowed is a number of milliseconds from ${intervalMsMin}. ` +
      `Metrics are exported every ${intervalMsByDefault / 1000} seconds`,
  )
  return intervalMsByDefault
}
