// Resolves what tap imports by name to what stands in for it here.
const domain = new URL('./domain.mjs', import.meta.url).href

export const resolve = (specifier, context, next) =>
  specifier === 'async-hook-domain' ? { url: domain, shortCircuit: true } : next(specifier, context)
