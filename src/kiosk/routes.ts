// The room's plugin: the public question, what kiosks say, and the pages.
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyPluginAsync } from 'fastify'
import { type DeviceDeps, deviceRoutes } from './device.js'
import { pageBuild, screenFiles } from './screens.js'
import { type StatusDeps, statusRoute } from './status.js'

export interface KioskDeps extends StatusDeps, Omit<DeviceDeps, 'page'> {
  /** Where the built pages are; left out: beside this file in dist. */
  screensDir?: string
}

/** Everything under /v1/status, /v1/kiosk, /kiosk, /desk and /monitor that a browser loads. */
export const kioskRoutes =
  (deps: KioskDeps): FastifyPluginAsync =>
  async (app) => {
    statusRoute(app, deps)
    deviceRoutes(app, { ...deps, page: pageBuild(deps.screensDir) })
    await screenFiles(app, deps.screensDir)
  }
