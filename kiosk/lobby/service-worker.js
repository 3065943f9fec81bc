// Keeps the lobby's shell, never an answer: after a power cut without network the kiosk still shows a calm screen.
// The build writes the shell's name and files in; a new build is a new name, and the old shell goes.
const shell = 'SHELL_NAME'
const files = ['SHELL_FILES']

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(shell)
      .then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== shell).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  // The page itself: the network first, so that a new version shows at once; the shell when the network is away.
  if (request.mode === 'navigate' && pathname.startsWith('/kiosk/'))
    event.respondWith(fetch(request).catch(() => caches.match('/kiosk/')))
  // Its files carry a hash in their names and never change. Everything else (/v1/…) is left to the network alone.
  else if (files.includes(pathname))
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)))
})
