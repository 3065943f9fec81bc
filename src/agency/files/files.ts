// Opens any file of rows: NDJSON line by line, tables through a worker with limits on memory and time. A row is an update to be
// checked, or the reason why it is none; it keeps its original cells or text for the file of errors.
import { Worker } from 'node:worker_threads'
import { isRecord } from '../../config/validate.js'
import { readLines } from '../bulk.js'
import { malformed, parseText } from '../json.js'
import type { TableReading, TableRequest, TableRow } from './reading.js'
import type { Bytes, Cell, FileRefusalCode } from './tables/table.js'
import { FileRefusal } from './tables/table.js'
import { firstBytes, readBytes } from './tables/text.js'

export interface Row {
  /** Line of a text file, row of a sheet, from 1. */
  readonly line: number
  readonly raw: unknown
  /** The row names no time of change; the one in `raw` is a substitute. */
  readonly undated?: boolean
  /** Why there is no update. */
  readonly fault?: 'malformed-json' | 'too-large' | 'too-many-cells' | 'empty'
  /** The original: the cells of a table row, the text of an NDJSON line. */
  readonly cells?: readonly Cell[]
  readonly text?: string
}

/** How a table is read. NDJSON has none: its fields are named in each line. */
export type Reading = Omit<TableReading, 'rows'>

export interface OpenFile {
  readonly reading?: Reading
  rows(): AsyncGenerator<Row[]>
  /** Ends the reading; also when it was not finished. */
  close(): Promise<void>
}

interface ReadingLimits {
  /** The worker's JavaScript heap; an old .xls workbook (BIFF) is held whole in it. */
  readonly memoryMiB: number
  /** A workbook's strings, packed as UTF-8 outside the heap. */
  readonly stringsMiB: number
  /** Total time for reading; applying rows does not count. */
  readonly withinMs: number
}

// 200,000 rows × 3 unique texts × 40 letters = 24 million letters, some 40 MiB in UTF-8. 45 s: an idle connection is cut after
// a minute, and the desk must get its answer before that.
export const deskLimits: ReadingLimits = { memoryMiB: 192, stringsMiB: 40, withinMs: 45_000 }
export const commandLimits: ReadingLimits = { memoryMiB: 512, stringsMiB: 96, withinMs: 900_000 }

/** Whether a file is NDJSON: its first line begins an object. */
async function isNdjson(source: Bytes): Promise<boolean> {
  const head = await firstBytes(source, 4096)
  return /^(\ufeff)?\s*\{/.test(head.toString('utf8'))
}

/** Opens a file of any kind. Throws FileRefusal; no row has been reported by then. */
export async function openFile(request: TableRequest, limits: ReadingLimits): Promise<OpenFile> {
  if (await isNdjson(request.source))
    return { rows: () => ndjsonRows(readBytes(request.source)), close: async () => {} }
  const worker = new TableWorker(request, limits)
  try {
    const reading = await worker.reading()
    return { reading, rows: () => worker.rows(), close: () => worker.close() }
  } catch (error) {
    await worker.close()
    throw error
  }
}

type Message =
  | { reading: Reading }
  | { batch: TableRow[] }
  | { done: true }
  | { refusal: { code: FileRefusalCode; about: Record<string, string | number>; choices: string[] } }

class TableWorker {
  readonly #worker: Worker
  readonly #waiting: { resolve: (message: Message) => void; reject: (error: unknown) => void }[] = []
  readonly #arrived: Message[] = []
  #ended: unknown
  #leftMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(request: TableRequest, { memoryMiB, stringsMiB, withinMs }: ReadingLimits) {
    this.#leftMs = withinMs
    // Beside this file, built or not.
    this.#worker = new Worker(new URL(import.meta.url.replace(/files(\.\w+)$/, 'worker$1')), {
      workerData: { request, maxStringBytes: stringsMiB * 2 ** 20 },
      transferList: 'bytes' in request.source ? [request.source.bytes.buffer] : [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    })
    this.#worker.on('message', (message: Message) => {
      const waiter = this.#waiting.shift()
      if (waiter) waiter.resolve(message)
      else this.#arrived.push(message)
    })
    this.#worker.on('error', (error: Error & { code?: string }) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error instanceof RangeError
      this.#end(isMemory ? new FileRefusal('too-large') : error)
    })
    this.#worker.on('exit', () => this.#end(new FileRefusal('damaged')))
  }

  async reading(): Promise<Reading> {
    const message = await this.#next()
    if ('reading' in message) return message.reading
    throw new Error('the worker began with rows')
  }

  async *rows(): AsyncGenerator<Row[]> {
    // Prefetch one batch: it is read while the one before is applied.
    this.#worker.postMessage('more')
    for (;;) {
      this.#worker.postMessage('more')
      const message = await this.#next()
      if ('done' in message) return
      if ('batch' in message) yield message.batch
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#worker.terminate()
  }

  #next(): Promise<Message> {
    const arrived = this.#arrived.shift()
    if (arrived) return Promise.resolve(checked(arrived))
    if (this.#ended) return Promise.reject(this.#ended)
    const since = performance.now()
    this.#timer = setTimeout(() => this.#end(new FileRefusal('too-slow')), this.#leftMs)
    return new Promise<Message>((resolve, reject) => this.#waiting.push({ resolve, reject }))
      .then(checked)
      .finally(() => {
        clearTimeout(this.#timer)
        this.#leftMs -= performance.now() - since
      })
  }

  #end(error: unknown): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended)
  }
}

function checked(message: Message): Message {
  if ('refusal' in message) {
    const { code, about, choices } = message.refusal
    throw new FileRefusal(code, about, choices)
  }
  return message
}

async function* ndjsonRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  for await (const lines of readLines(bytes)) {
    yield lines.map(({ number, text, fault }): Row => {
      if (fault || text === undefined)
        return {
          line: number,
          raw: undefined,
          fault: fault?.code === 'too-large' ? 'too-large' : 'malformed-json',
        }
      const raw = withoutOurs(parseText(text))
      if (raw === malformed) return { line: number, raw: undefined, fault: 'malformed-json', text }
      return { line: number, raw, text }
    })
  }
}

// What an export adds to an update, and what a file of errors adds to a line. `_text` is a line that was no JSON.
function withoutOurs(value: unknown): unknown {
  if (!isRecord(value)) return value
  const { _error, _line, _text, asOf, history, lookupNumber, ...update } = value
  if (typeof _text === 'string' && Object.keys(update).length === 0) return withoutOurs(parseText(_text))
  return update
}
