// Size and rate limits of the agency door, in one place. Exceeding one is a problem with its own code, never a
// truncation.

export type Limits = Readonly<
  Record<
    | 'updateBytes'
    | 'eventsBytes'
    | 'lineBytes'
    | 'heldBulkBytes'
    | 'heldBulkLines'
    | 'decompressedBulkBytes'
    | 'bodyMs'
    | 'bulkSilenceMs'
    | 'fileMs'
    | 'bulkPerKey'
    | 'requestsPerKey'
    | 'wrongKeysPerMinute',
    number
  >
>

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

export const limits: Limits = {
  /** Body of PUT. A full Update with every field at its longest is about 9 KiB. */
  updateBytes: 64 * kibibyte,
  /** Body of /v1/events: a batch of 1,000 events. */
  eventsBytes: 4 * mebibyte,
  /** One line of a bulk upload; the upload itself has no limit. */
  lineBytes: 64 * kibibyte,
  /** A bulk upload that must be buffered, because it is signed or carries an Idempotency-Key. */
  heldBulkBytes: 16 * mebibyte,
  /**
   * Lines of an upload with an Idempotency-Key: their results are kept for a day. 16 MiB of the shortest updates there are
   * (85 bytes) are 200,000 lines; their results are at most 20 MiB, and packed some 2 MiB.
   */
  heldBulkLines: 200_000,
  /** Decompressed size of a gzipped upload: two million updates of average size. */
  decompressedBulkBytes: 512 * mebibyte,
  /** A buffered body must be complete within this time. */
  bodyMs: 20_000,
  /** Idle time after which a bulk upload is aborted. */
  bulkSilenceMs: 30_000,
  /**
   * A file handed in at a desk must be complete within this time: two are taken at once, and others wait. 16 MiB take as long
   * at 1.1 Mbit/s.
   */
  fileMs: 120_000,
  /** Concurrent bulk uploads per key; the next gets 429. */
  bulkPerKey: 4,
  /** Other concurrent requests per key. */
  requestsPerKey: 256,
  /** Wrong keys from one address in a minute, then 429 for the rest of it. */
  wrongKeysPerMinute: 30,
}
