// What looks like a link. Texts and answers carry none, so that citizens know that a link never comes from us.

// Ends of names that people and fraudsters here use. Not "co", "do" and the like, which are words that follow a full stop.
const ends =
  'vn|com|net|org|info|xyz|me|ly|top|cc|io|app|site|shop|online|link|click|icu|vip|club|store|live|biz|asia|mobi|pw|cn'
const named = new RegExp(`:\\/\\/|www\\.|[\\p{L}\\d]\\.(?:${ends})(?![\\p{L}\\d])`, 'iu')
// "bit.do/x7": a short link, known by its path. Lower case only, because "CMND.CCCD/hộ chiếu" merely lacks a blank.
const short = /[a-z\d]\.[a-z]{2,6}\/[\w-]/

/** Whether something in a text looks like a link. */
export const holdsLink = (text: string): boolean => named.test(text) || short.test(text)
