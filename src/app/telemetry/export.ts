import { exportSettings } from './export-settings.ts'
import type { ExportParts, OtlpExport } from './otlp-export.ts'

/**
 * Exports the metrics to a collector of OpenTelemetry, if the usual environment variables name one. Otherwise nothing is loaded and
 * nothing runs.
 *
 * @returns null if nothing is exported
 */
export async function startExport(
  parts: ExportParts,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OtlpExport | null> {
  const settings = exportSettings(environment, (text) => parts.logger.warn(text))
  if (settings === null) return null
  const { OtlpExport } = await import('./otlp-export.ts')
  return new OtlpExport(parts, settings)
}
