// Serial ports looked at from outside: which there are, and can one be opened by this user, now? Nothing is sent.
import { readdir } from 'node:fs/promises'
import { type PortProblem, portProblem } from './printer.js'

/** Opens and closes the port. Undefined: it can be had. */
export async function testPort(path: string, baudRate: number): Promise<PortProblem | undefined> {
  const { SerialPort } = await import('serialport')
  return new Promise((resolve) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false })
    port.on('error', () => {})
    port.open((fault) => {
      if (fault) resolve(portProblem(fault))
      else port.close(() => resolve(undefined))
    })
  })
}

/** Serial ports of this machine; without udev (containers) there is nothing to ask, and the folder of stable names is read instead. */
export async function listPorts(): Promise<{ path: string; maker?: string }[]> {
  try {
    const { SerialPort } = await import('serialport')
    const ports = await SerialPort.list()
    return ports.map(({ path, manufacturer }) => ({ path, ...(manufacturer ? { maker: manufacturer } : {}) }))
  } catch {
    const names = await readdir('/dev/serial/by-id').catch(() => [])
    return names.map((name) => ({ path: `/dev/serial/by-id/${name}` }))
  }
}

/** What to do about a port that cannot be opened. */
export const portCures: Record<PortProblem, string> = {
  missing: 'there is no such device: is the cable plugged in and the printer on? See printers list',
  permission: "this user may not open it: add the user to the group 'dialout' and log in again",
  busy: 'another program holds it; a running gateway or print agent does so itself',
  other: 'the system refused to open it as a serial port',
}
