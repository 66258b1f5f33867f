import { type Interval, joined, type RecordedKind, type Recording } from './recording.ts'

const widthPx = 1200
const labelPx = 110
const rowPx = 34
const topPx = 30

const colors: Readonly<Record<RecordedKind, string>> = {
  turn: '#9ecae1',
  send: '#08519c',
  statements: '#fdae6b',
  commit: '#d94801',
}
const names: Readonly<Record<RecordedKind, string>> = {
  turn: 'the event loop works',
  send: 'sends a message',
  statements: 'statements of a transaction',
  commit: 'commit, which waits for the disk',
}
/** Later ones are drawn over earlier ones. */
const order = ['turn', 'statements', 'commit', 'send'] as const

/** The recording as an SVG: a row for each thread, time from left to right. */
export function pictureOf({ lengthMs, threads }: Recording, title: string): string {
  const scale = (widthPx - labelPx) / lengthMs
  const bottomPx = topPx + threads.length * rowPx
  const rect = (x: number, y: number, width: number, height: number, color: string) =>
    `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="${height}" fill="${color}"/>`
  const text = (x: number, y: number, content: string) => `<text x="${round(x)}" y="${y}">${content}</text>`
  const bars = threads.flatMap(({ name, intervals }, row) => {
    const y = topPx + row * rowPx
    const drawn = order.flatMap((kind) =>
      ofKind(intervals, kind, lengthMs).map(({ beginMs, endMs }) => {
        const from = Math.max(0, beginMs)
        const height = kind === 'send' ? rowPx / 4 : rowPx - 8
        return rect(
          labelPx + from * scale,
          y,
          Math.max(0.7, (Math.min(lengthMs, endMs) - from) * scale),
          height,
          colors[kind],
        )
      }),
    )
    return [text(0, y + 18, name), ...drawn]
  })
  const marks = Array.from({ length: Math.floor(lengthMs) + 1 }, (_, ms) => [
    `<path d="M${round(labelPx + ms * scale)} ${topPx - 4}V${bottomPx}" stroke="#aaa" stroke-width=".5"/>`,
    text(labelPx + ms * scale + 2, bottomPx + 10, `${ms} ms`),
  ]).flat()
  const legend = order.flatMap((kind, index) => [
    rect(labelPx + index * 260, bottomPx + 20, 12, 12, colors[kind]),
    text(labelPx + index * 260 + 17, bottomPx + 30, names[kind]),
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${bottomPx + 40}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(0, 14, title),
    ...bars,
    ...marks,
    ...legend,
    '</svg>\n',
  ].join('\n')
}

function ofKind(intervals: readonly Interval[], kind: RecordedKind, lengthMs: number): Interval[] {
  const some = intervals.filter(
    (interval) => interval.kind === kind && interval.endMs > 0 && interval.beginMs < lengthMs,
  )
  return kind === 'turn' ? joined(some) : some
}

function round(px: number): string {
  return String(Math.round(px * 10) / 10)
}
