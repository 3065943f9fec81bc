// Tables as a file to download. A worker thread writes them: a province's overdue list has tens of thousands of cells, and
// making a workbook of them would block the event loop for too long.
import { Worker } from 'node:worker_threads'
import type { FastifyReply } from 'fastify'
import type { Sheet } from './download.js'

export type TableFormat = 'csv' | 'xlsx'

const types: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
// Enough for some 40,000 rows; running out of it ends only the worker.
const memoryMiB = 256

/** The worker's message; it answers with bytes. */
export type WriteTables = readonly Sheet[]

// One worker at a time: concurrent downloads are queued.
let last: Promise<unknown> = Promise.resolve()

/**
 * Sends tables as `<name>.<format>`. The worker loads its library while `tables` are still being read; what they throw is
 * thrown.
 */
export async function sendTables(
  reply: FastifyReply,
  name: string,
  format: TableFormat,
  tables: () => Promise<readonly Sheet[]>,
): Promise<FastifyReply> {
  const made = last.then(() => written(format, tables))
  last = made.catch(() => {})
  const body = await made
  return reply
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .type(types[format])
    .send(body)
}

async function written(format: TableFormat, tables: () => Promise<readonly Sheet[]>): Promise<Buffer> {
  // The worker is beside this file, as .ts or built as .js.
  const worker = new Worker(new URL(import.meta.url.replace(/send-tables(\.\w+)$/, 'tables-worker$1')), {
    workerData: format,
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
  })
  const made = new Promise<Buffer>((resolve, reject) => {
    worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)))
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the worker ended without a file')))
  })
  try {
    worker.postMessage((await tables()) satisfies WriteTables)
    return await made
  } finally {
    made.catch(() => {})
    void worker.terminate()
  }
}
