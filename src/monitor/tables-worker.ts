// The worker of send-tables.ts: writes one file and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { csv } from './download.js'
import type { TableFormat, WriteTables } from './send-tables.js'

// Its library is loading while the tables are read.
const writer = writerOf(workerData as TableFormat)
parentPort!.once('message', async (tables: WriteTables) => {
  const bytesOf = await writer
  parentPort!.postMessage(bytesOf(tables))
})

async function writerOf(format: TableFormat): Promise<(tables: WriteTables) => Buffer> {
  if (format === 'csv') return (tables) => Buffer.from(csv(tables))
  const { openWorkbooks } = await import('../workbook.js')
  return openWorkbooks()
}
