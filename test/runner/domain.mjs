// Which subtest an error belongs to that nobody caught: stands in for `async-hook-domain`, which tap brings and which listens for the
// end of every promise in order to count them: a third of the CPU of a test of many promises. Here the domain lies on the async
// resource itself, and the garbage collector takes both together.
import { createHook, executionAsyncResource } from 'node:async_hooks'

const belongsTo = Symbol('domain')
let living = 0

const hook = createHook({
  init(_id, _type, _triggerId, resource) {
    const domain = executionAsyncResource()[belongsTo]
    if (domain) resource[belongsTo] = domain
  },
})

/** All that is started, at any remove, from where this is made. `onerror(error, origin)` hears what nobody caught there. */
export class Domain {
  constructor(onerror) {
    const resource = executionAsyncResource()
    this.onerror = onerror
    this.parent = resource[belongsTo]
    this.destroyed = false
    resource[belongsTo] = this
    if (living++ > 0) return
    hook.enable()
    process.on('uncaughtExceptionMonitor', monitor)
  }

  /** From now on its errors are its parent's. */
  destroy() {
    if (this.destroyed) return
    this.destroyed = true
    if (--living > 0) return
    hook.disable()
    process.removeListener('uncaughtExceptionMonitor', monitor)
  }
}

// Exceptions and rejections alike. The capture callback comes next, and once: the error has been dealt with.
function monitor(error, origin) {
  if (process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0) return
  if (hear(error, origin))
    process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null))
}

function hear(error, origin) {
  let domain = executionAsyncResource()[belongsTo]
  while (domain?.destroyed) domain = domain.parent
  if (!domain) return false
  try {
    domain.onerror(error, origin)
    return true
  } catch (fault) {
    domain.destroy()
    if (hear(fault, origin)) return true
    throw fault
  }
}
