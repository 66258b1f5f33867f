import type { Command, Sent } from './commands.ts'

/** The commands without what needs groups: rules, cooldowns and priorities. For a store that has no groups yet. */
export function withoutGroups(commands: readonly Command[]): Command[] {
  return commands.flatMap((command): Command[] => {
    switch (command.do) {
      case 'setCooldown':
      case 'endCooldown':
        return []
      case 'together': {
        const left = withoutGroups(command.commands)
        return left.length === 0 ? [] : [{ ...command, commands: left }]
      }
      case 'putPolicy': {
        const { retry, paused } = command.document
        const kept = {
          ...(retry === undefined ? {} : { retry }),
          ...(paused === undefined ? {} : { paused }),
        }
        return [{ ...command, document: kept }]
      }
      case 'addRequests':
        return [{ ...command, requests: command.requests.map(withoutPriority) }]
      case 'updateRequest':
        return [{ ...command, request: withoutPriority(command.request) }]
      default:
        return [command]
    }
  })
}

function withoutPriority(sent: Sent): Sent {
  if (sent.asks?.priority === undefined) return sent
  const { asks: _, ...rest } = sent
  return rest
}
