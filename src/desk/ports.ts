// A serial port looked at from outside: can it be opened by this user, now? Nothing is sent to it.
import { SerialPort } from 'serialport'
import { type PortProblem, portProblem } from './printer.js'

/** Opens and closes the port. Undefined: it can be had. */
export function testPort(path: string, baudRate: number): Promise<PortProblem | undefined> {
  return new Promise((resolve) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false })
    port.on('error', () => {})
    port.open((fault) => {
      if (fault) resolve(portProblem(fault))
      else port.close(() => resolve(undefined))
    })
  })
}
