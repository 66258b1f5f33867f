/** What a process still holds after a full garbage collection: asked of its inspector, so that no guess is needed. */
import { once } from 'node:events'

/** The flag of node that lets it be asked. */
export const inspectorFlag = '--inspect=127.0.0.1:0'

export class LiveHeap {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (result: HeapUsage) => void>()
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result: HeapUsage }
      if (id === undefined) return
      this.#waiting.get(id)?.(result)
      this.#waiting.delete(id)
    })
  }

  /** @param said what the process wrote to standard error, where it says how it can be reached */
  static async of(said: string): Promise<LiveHeap> {
    const socket = new WebSocket(/Debugger listening on (ws:\S+)/.exec(said)![1]!)
    await once(socket, 'open')
    return new LiveHeap(socket)
  }

  /** Bytes of the main thread that something still refers to, buffers included. */
  async bytes(): Promise<number> {
    // The second one finds what the first has made free by its callbacks.
    await this.#ask('HeapProfiler.collectGarbage')
    await this.#ask('HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize = 0 } = await this.#ask('Runtime.getHeapUsage')
    return usedSize + backingStorageSize
  }

  close(): void {
    this.#socket.close()
  }

  #ask(method: string): Promise<HeapUsage> {
    return new Promise((resolve) => {
      this.#waiting.set(++this.#last, resolve)
      this.#socket.send(JSON.stringify({ id: this.#last, method }))
    })
  }
}

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize?: number
}
