// Keeps the lobby's shell, never an answer. The page always starts from the shell that was kept whole: after a power cut
// without network, while a proxy answers 502, behind a captive portal, and in the middle of a deploy it is a calm screen.
// The build writes the shell's name and files in; a new build is a new name, and the old shell goes once the new one is
// whole. The page takes it up when nobody stands before it.
const shell = 'SHELL_NAME'
const files = ['SHELL_FILES']
const page = '/kiosk/'

// A portal answers every address with its own page; only what bears our mark is kept.
const isOurs = (file, reply) =>
  reply.ok &&
  !reply.redirected &&
  (file === page
    ? reply.headers.has('x-dossier-page')
    : !/html/.test(reply.headers.get('content-type') ?? 'html'))

self.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(shell)
    await Promise.all(
      files.map(async (file) => {
        const reply = await fetch(new Request(file, { cache: 'reload' }))
        if (!isOurs(file, reply)) throw new Error(`${file} is not ours`)
        await cache.put(file, reply)
      }),
    )
    await self.skipWaiting()
  }
  event.waitUntil(keep())
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
  const file = request.mode === 'navigate' && pathname.startsWith(page) ? page : pathname
  // Everything else (/v1/…) is left to the network alone.
  if (files.includes(file)) event.respondWith(caches.match(file).then((kept) => kept ?? fetch(request)))
})
