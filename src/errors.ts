// Faults of peers, as one error type. Expected outcomes are values (see dossier/lookup.ts); a GatewayError is
// a peer's fault; anything else thrown is our own mistake and ends the process.

type FaultCode =
  | 'redis-unavailable'
  | 'redis-refused'
  | 'redis-misconfigured'
  | 'record-unreadable'
  | 'smsc-unavailable'
  | 'smsc-refused'
  | 'printer-absent'
  | 'printer-refused'
  | 'source-unavailable'
  | 'source-refused'
  | 'address-unavailable'
  | 'config-invalid'
  | 'usage'

/** A fault of a peer or of the operator's input. `retryable` says whether the same call may succeed later. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly retryable: boolean,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

/** What the operator typed is wrong; `says` what, and what to type instead. */
export const usageError = (says: string, cause?: unknown) => new GatewayError('usage', says, false, cause)

/** For work that is retried anyway: ignores a peer's outage, rethrows everything else. */
export function ignoreOutage(error: unknown): undefined {
  if (!(error instanceof GatewayError) || !error.retryable) throw error
  return undefined
}

// System errors caused by the machine, in words. Any other system error is our own mistake.
const refusedByMachine: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; run this as the user of the gateway, or as root',
  EPERM: 'not permitted; run this as the user of the gateway, or as root',
  EROFS: 'the file system is read-only',
  EBUSY: 'is in use, or mounted by itself: edit it where it is mounted from',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is exceeded',
  EFBIG: 'the file would be too large',
  EIO: 'the device failed',
  ENOTDIR: 'a part of this path is not a folder',
  EISDIR: 'is a folder',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && error.code !== undefined

/** Why the machine refused a file that the operator named, in words. Rethrows any error that is not a system error. */
export function whyRefused(error: unknown): string {
  if (!isSystemError(error)) throw error
  if (error.code === 'ENOENT') return 'there is no such file or folder'
  if (error.code === 'EEXIST') return 'something else is in its place'
  return refusedByMachine[error.code] ?? error.code
}

/** A system error of a file or of the output in one line; undefined for anything else. */
export function saysMachine(error: unknown): string | undefined {
  if (!isSystemError(error)) return undefined
  const words = refusedByMachine[error.code]
  return words && `${error.path ?? 'the output'}: ${words}`
}

/** Process exit codes (sysexits.h); scripts may rely on them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unavailable: 69, badConfig: 78 } as const
