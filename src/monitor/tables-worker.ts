// The worker of send-tables.ts: writes one file and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { workbookOf } from '../workbook.js'
import { csv } from './download.js'
import type { WriteTables } from './send-tables.js'

const { format, tables } = workerData as WriteTables

async function write(): Promise<void> {
  parentPort!.postMessage(format === 'csv' ? Buffer.from(csv(tables)) : await workbookOf(tables))
}

void write()
