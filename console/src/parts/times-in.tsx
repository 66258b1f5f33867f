import { clockText, dayText, exactText } from '../format/times.ts'

const iso = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/

/** A sentence of the server, with its times as a clock shows them here. The exact ones show while the pointer is over them. */
export function TimesIn({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(iso).map((part, index) => {
        const at = iso.test(part) ? Date.parse(part) : Number.NaN
        return Number.isNaN(at) ? (
          part
        ) : (
          // The parts of a sentence have no names.
          <time key={index} dateTime={part} title={exactText(at)}>
            {whenText(at)}
          </time>
        )
      })}
    </>
  )
}

/** `14:03:59`, or with the day where it is another one. */
function whenText(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString()
  return isToday ? clockText(at) : `${clockText(at)}, ${dayText(at)}`
}
