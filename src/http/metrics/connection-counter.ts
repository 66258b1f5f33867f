import type { Server } from 'node:net'
import type { Figures, Gauge } from '../../figures/figures.ts'

/** Counts the open connections of a server each time it is called. Node answers a moment later. */
export function connectionCounter(server: Server): (figures: Figures) => void {
  let gauge: Gauge | undefined
  return (figures) => {
    gauge ??= figures.gauge('connections', {})
    server.getConnections((error, count) => {
      if (error === null) gauge!.set(count)
    })
  }
}
