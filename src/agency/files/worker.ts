// The thread that reads table files. files.ts limits its memory and time; a file that exceeds them ends only this thread.
// Rows leave in batches, the next one when the last was taken.
import { parentPort, workerData } from 'node:worker_threads'
import { readTable, type TableRequest } from './reading.js'
import { FileRefusal } from './tables/table.js'

const port = parentPort!

async function main(): Promise<void> {
  const { rows, ...reading } = await readTable(workerData.request as TableRequest, workerData.maxStringBytes)
  port.postMessage({ reading })
  let credit = 0
  let wake = () => {}
  port.on('message', () => {
    credit++
    wake()
  })
  for await (const batch of rows()) {
    while (credit === 0) await new Promise<void>((resolve) => (wake = resolve))
    credit--
    port.postMessage({ batch })
  }
  port.postMessage({ done: true })
}

async function run(): Promise<void> {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error
    port.postMessage({ refusal: { code: error.code, about: error.about, choices: error.choices } })
  }
  port.close()
}

void run()
