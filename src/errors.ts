// What a peer can do to us, as one error type. Expected outcomes are values (see dossier/lookup.ts); a GatewayError is
// a peer's fault; anything else that is thrown is our own mistake and ends the process.

export type FaultCode =
  | 'redis-unavailable'
  | 'redis-refused'
  | 'redis-misconfigured'
  | 'smsc-unavailable'
  | 'smsc-refused'
  | 'printer-absent'
  | 'printer-refused'
  | 'source-unavailable'
  | 'source-refused'
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

/** For what is tried again anyway: a peer that is away is no news, our own mistakes still throw. */
export function ignoreOutage(error: unknown): undefined {
  if (!(error instanceof GatewayError) || !error.retryable) throw error
  return undefined
}

/** Process exit codes (sysexits.h): what a script around the command line may rely on. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unavailable: 69, badConfig: 78 } as const
