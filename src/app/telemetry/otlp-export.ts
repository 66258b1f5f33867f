import { hostname } from 'node:os'
import type { HrTime } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { Logger } from 'pino'
import type { Millis } from '../../domain/time.ts'
import type { Metrics } from '../../http/metrics/metrics.ts'
import type { ExportSettings } from './export-settings.ts'
import { otlpMetrics } from './otlp-metrics.ts'

export interface ExportParts {
  readonly metrics: Pick<Metrics, 'families'>
  readonly version: string
  readonly startedAt: Millis
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

/** How long a stop waits for the last export. */
const lastExportMsMax: Millis = 2_000

/**
 * Sends all metrics at regular times. What the library's exporter does not do is not repeated: every export has everything since
 * the start, so a lost one costs nothing.
 */
export class OtlpExport {
  readonly #parts: ExportParts
  readonly #resource: Resource
  /** It reads the variables that name the endpoint, headers, certificates, the compression and the timeout. */
  readonly #exporter = new OTLPMetricExporter()
  readonly #timer: NodeJS.Timeout
  #underWay: Promise<void> | null = null
  #isFailing = false

  constructor(parts: ExportParts, { intervalMs }: ExportSettings) {
    this.#parts = parts
    const own = resourceFromAttributes({
      'service.name': 'headlock',
      'service.version': parts.version,
      'service.instance.id': `${hostname()}:${process.pid}`,
    })
    this.#resource = own.merge(detectResources({ detectors: [envDetector] }))
    this.#timer = setInterval(() => this.#exportInTurn(), intervalMs)
    // The timer must not keep a process alive that has nothing else to do.
    this.#timer.unref()
  }

  /** Exports once more, then ends. It does not wait long for a collector that is away. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    const last = Promise.resolve(this.#underWay).then(() => this.#exportInTurn())
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lastExportMsMax)
    })
    await Promise.race([last, overdue])
    clearTimeout(timer)
    await Promise.race([this.#exporter.shutdown(), new Promise((resolve) => setImmediate(resolve))])
  }

  /** One at a time: a slow collector must not be sent more and more at once. */
  #exportInTurn(): Promise<void> {
    this.#underWay ??= this.#export().finally(() => {
      this.#underWay = null
    })
    return this.#underWay
  }

  /** Only the first of several failures is logged. */
  async #export(): Promise<void> {
    const { metrics, version, startedAt, logger } = this.#parts
    const families = await metrics.families(null)
    const scope = { name: 'headlock', version }
    const data = otlpMetrics(families, timeOf(startedAt), timeOf(Date.now()))
    const resourceMetrics = { resource: this.#resource, scopeMetrics: [{ scope, metrics: data }] }
    const { error } = await new Promise<{ error?: Error }>((resolve) => {
      this.#exporter.export(resourceMetrics, resolve)
    })
    if (error !== undefined && !this.#isFailing) {
      logger.warn({ err: error }, 'metrics could not be exported; will go on trying')
    }
    if (error === undefined && this.#isFailing) logger.info('metrics are exported again')
    this.#isFailing = error !== undefined
  }
}

/** Seconds, and the nanoseconds of the rest. */
function timeOf(at: Millis): HrTime {
  return [Math.floor(at / 1000), (at % 1000) * 1_000_000]
}
