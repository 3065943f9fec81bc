// Where complaints stand in Redis: one hash tag, so that a script may touch all of them on a cluster.
export const prefix = '{complaints}:'
/** Open ones by the end of their day (epoch ms). */
export const openKey = `${prefix}open`
/** All by when they were received (epoch ms). */
export const receivedKey = `${prefix}received`
/** Answers on their way to the sms room. */
export const repliesStream = `${prefix}replies`
export const complaintKey = (ticket: string) => `${prefix}c:${ticket}`
