import { Button } from './parts/button.tsx'
import { Dialog } from './parts/dialog.tsx'

const keys: readonly (readonly [readonly string[], string])[] = [
  [['/'], 'Search, or the filter of requests'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['Enter'], 'Open the row'],
  [['x'], 'Select the request'],
  [['a'], 'Actions on requests'],
  [['s'], 'Jobs: stop one, or open a fork'],
  [['['], 'Tab before'],
  [[']'], 'Next tab'],
  [['Esc'], 'Close what is open'],
  [['g', 'q'], 'All queues'],
  [['g', 's'], 'Server'],
  [['?'], 'This list'],
]

export function HelpDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div class="inside">
        <h2>Keyboard</h2>
        <dl class="keys">
          {keys.map(([names, text]) => (
            <>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
        <footer>
          <Button onClick={onClose}>Close</Button>
        </footer>
      </div>
    </Dialog>
  )
}
