import { useState } from 'preact/hooks'
import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import { countText, plural } from '../../../format/numbers.ts'
import { FormDialog } from '../../../parts/form-dialog.tsx'
import { say } from '../../../state/messages.ts'
import { NameField } from '../../queues/name-field.tsx'
import { useNameProblem } from '../../queues/use-name-problem.ts'
import { noteFork } from './begun-forks.ts'
import { CountText } from './count-text.tsx'
import { noteBegunJob } from './jobs.tsx'
import { type ActionTarget, sentTarget } from './run-action.ts'
import { useCount } from './use-count.ts'

/** The new queue, or the job that goes on filling it. */
type ForkAnswer =
  | { readonly id: string; readonly totalRequestCount: number; readonly jobId?: undefined }
  | { readonly jobId: string; readonly queueId: string }

interface ForkDialogProps {
  readonly queueId: string
  readonly target: ActionTarget
  onClose(): void
  /** Runs when the copies are made, or a job goes on making them. */
  onDone(): void
}

/** Says how many requests there are, asks for the name of a new queue, and copies them to it. */
export function ForkDialog({ queueId, target, onClose, onDone }: ForkDialogProps) {
  const [name, setName] = useState('')
  const refused = useNameProblem()
  // This action is about every request that is chosen, in whatever state, and so is a fork.
  const count = useCount(queueId, 'giveBack', target, {})
  const { matched } = count

  async function run(): Promise<void> {
    const body = { name: name.trim(), ...sentTarget(target) }
    const made = await refused.watch(call<ForkAnswer>('POST', queuePath(queueId, '/fork'), body))
    if (made.jobId === undefined) {
      noteFork(made.id, body.name)
      say(`Fork: ${plural(made.totalRequestCount, 'request')} copied.`)
    } else {
      noteFork(made.queueId, body.name)
      noteBegunJob(made.jobId)
      say('Fork goes on as a job.')
    }
    onClose()
    onDone()
  }

  return (
    <FormDialog
      title="Fork"
      submit={`Fork ${matched === null ? '' : countText(matched)}`}
      isReady={name.trim() !== '' && matched !== null && matched > 0}
      onClose={onClose}
      onSubmit={run}
    >
      <CountText
        count={count}
        becomes="will be copied to a new queue: pending, never tried, and without errors. They stay here as they are."
      />
      <NameField
        label="Name of the new queue"
        value={name}
        problem={refused.problem}
        hint="Letters, digits and hyphens."
        onChange={(next) => {
          refused.clear()
          setName(next)
        }}
      />
    </FormDialog>
  )
}
