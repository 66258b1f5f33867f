/** Figures over time: the query, the answer, and what /openapi.json says. */
import { type Static, Type } from 'typebox'
import { toIso } from '../../domain/time.ts'
import type { FigureSteps, Figures } from '../../store/params/figures.ts'
import type { StepSecs } from '../../store/series/figure-columns.ts'
import { time } from './schemas.ts'

type FigureRange = '5m' | '1h' | '24h' | '7d'

/** The steps of each range. */
const figureRanges: Readonly<
  Record<FigureRange, { readonly stepSecs: StepSecs; readonly stepCount: number }>
> = {
  '5m': { stepSecs: 1, stepCount: 300 },
  '1h': { stepSecs: 10, stepCount: 360 },
  '24h': { stepSecs: 300, stepCount: 288 },
  '7d': { stepSecs: 300, stepCount: 2016 },
}

export const FigureQuery = Type.Object({
  range: Type.Optional(
    Type.Enum(Object.keys(figureRanges) as FigureRange[], {
      type: 'string',
      default: '5m',
      description:
        'Five minutes in steps of a second, an hour in steps of 10 seconds, a day or a week in steps of 5 minutes.',
    }),
  ),
  steps: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Only so many of the latest steps. All of the range by default.',
    }),
  ),
})

/** The steps that a query asks for. */
export function stepsIn({ range = '5m', steps }: Static<typeof FigureQuery>): FigureSteps {
  const { stepSecs, stepCount } = figureRanges[range]
  return { stepSecs, stepCount: Math.min(stepCount, steps ?? stepCount) }
}

export function figuresText({ from, stepSecs, series }: Figures): string {
  return JSON.stringify({ data: { from: toIso(from), stepSecs, series } })
}

const each = (description: string) => Type.Array(Type.Integer({ minimum: 0 }), { description })

export const FigureSeries = Type.Object({
  from: time('When the first step begins.'),
  stepSecs: Type.Integer({ description: 'How long a step is.' }),
  series: Type.Object(
    {
      added: each('How many requests were added in each step.'),
      handedOut: each('How many requests were handed out and locked.'),
      handled: each('How many requests were marked as handled, or added as handled.'),
      givenBack: each('How many locks were ended without the request being handled.'),
      ranOut: each('How many locks ran out.'),
      failed: each('How many of the requests that were handled had failed.'),
      pending: each('How many requests were not handled at the end of the step, the locked ones included.'),
      locked: each('How many requests were locked at the end of the step.'),
    },
    { description: 'One number for each step, the latest last.' },
  ),
})
