/** Measures, through the inspector, what a process holds after a full garbage collection. */
import { once } from 'node:events'

/** The node flag that opens the inspector. */
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

  /** @param said the standard error of the process, which has the address of the inspector */
  static async of(said: string): Promise<LiveHeap> {
    const socket = new WebSocket(/Debugger listening on (ws:\S+)/.exec(said)![1]!)
    await once(socket, 'open')
    return new LiveHeap(socket)
  }

  /** Bytes of the main thread that are still referenced, buffers included. */
  async bytes(): Promise<number> {
    // The second collection frees what finalizers of the first one released.
    await this.#params('HeapProfiler.collectGarbage')
    await this.#params('HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize = 0 } = await this.#params('Runtime.getHeapUsage')
    return usedSize + backingStorageSize
  }

  close(): void {
    this.#socket.close()
  }

  #params(method: string): Promise<HeapUsage> {
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
