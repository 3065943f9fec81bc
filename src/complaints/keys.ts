// Redis keys of complaints: one hash tag, so that on a cluster a script can access all of them.
export const prefix = '{complaints}:'
/** Open ones by the end of their due day (epoch ms). */
export const openKey = `${prefix}open`
/** All by time of receipt (epoch ms). */
export const receivedKey = `${prefix}received`
/** Answers on their way to the sms room. */
export const repliesStream = `${prefix}replies`
/** The hash of one complaint. */
export const complaintKey = (ticket: string) => `${prefix}c:${ticket}`
