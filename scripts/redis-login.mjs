// How redis-cli reaches the store of a backup. Prints its password (which must not be among the words of a command line: every user of
// the machine can read those), the address without it, and the words of redis-cli, one a line.
//   PLACES="$(dossier-gateway check-config --json --with-password)" node redis-login.mjs URL
const [address] = process.argv.slice(2)
const { redisUser, redisPassword, redisTls, redisCa } = JSON.parse(process.env.PLACES || '{}')
const [, path] = /^(?:unix:\/\/)?(\/.*)$/.exec(address) ?? []
const url = new URL(path === undefined ? address : 'redis://')

// As the gateway reads it: a `%` of its own is meant as it stands.
const decoded = (text) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
const user = decoded(url.username) || redisUser
const password = decoded(url.password) || redisPassword || ''
const isTls = url.protocol === 'rediss:' || (redisTls === true && path === undefined)
url.username = url.password = ''
const words = [
  ...(path === undefined
    ? [
        '-h',
        url.hostname.replace(/^\[|\]$/g, ''),
        '-p',
        url.port || '6379',
        '-n',
        url.pathname.slice(1) || '0',
      ]
    : ['-s', path]),
  ...(user ? ['--user', user] : []),
  ...(isTls ? ['--tls'] : []),
  ...(isTls && redisCa ? ['--cacert', redisCa] : []),
]
console.log([password, path ?? url.href, ...words].join('\n'))
