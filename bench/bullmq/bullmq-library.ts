import { createRequire } from 'node:module'

/**
 * What the comparison uses of BullMQ. The package is not among our dependencies, so its types are written
 * down here.
 */
export interface Job {
  /** Makes the job completed. With `fetchNext` it returns the next one: its data and its ID, or nothing. */
  moveToCompleted(result: unknown, token: string, fetchNext: boolean): Promise<readonly unknown[] | undefined>
}

export interface JobToAdd {
  readonly name: string
  readonly data: unknown
  readonly opts: { readonly jobId: string }
}

export interface Queue {
  add(name: string, data: unknown, options: JobToAdd['opts']): Promise<Job>
  addBulk(jobs: readonly JobToAdd[]): Promise<readonly Job[]>
  close(): Promise<void>
}

export interface Worker {
  getNextJob(token: string, options: { readonly block: boolean }): Promise<Job | undefined>
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly maxRetriesPerRequest: null
  }
}

export interface BullMq {
  readonly Queue: new (name: string, options: ConnectionOptions) => Queue
  readonly Worker: new (name: string, processor: null, options: ConnectionOptions) => Worker
  readonly Job: { fromJSON(queue: Worker, data: unknown, id: unknown): Job }
}

/** BullMQ and the client for Redis that it uses. */
const packages = ['bullmq', 'ioredis']

/** The packages that are missing here. */
export async function missingPackages(): Promise<string[]> {
  const tried = await Promise.allSettled(packages.map((name) => import(name)))
  return packages.filter((_, index) => tried[index]!.status === 'rejected')
}

export async function loadBullMq(): Promise<BullMq> {
  return (await import(packages[0]!)) as BullMq
}

export function installedVersion(): string {
  const { version } = createRequire(import.meta.url)(`${packages[0]}/package.json`) as { version: string }
  return version
}
