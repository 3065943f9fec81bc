// A secret `foo` may be given as `fooFile`: wherever the schema has both keys, the file's content is the value.
import { readFileSync } from 'node:fs'
import { whyUnreadable } from './read-yaml.js'
import type { ConfigProblem } from './slice.js'
import { isRecord, type Node, pathIn } from './validate.js'

/**
 * Reads the secret files named in `value` and sets each secret from its file. `here` makes a file name absolute.
 * A file's content never appears in a problem.
 */
export function readSecretFiles(
  node: Node,
  value: unknown,
  here: (name: string) => string,
  path = '',
): ConfigProblem[] {
  const { items } = node
  if (Array.isArray(value))
    return items ? value.flatMap((entry, at) => readSecretFiles(items, entry, here, `${path}[${at}]`)) : []
  if (!isRecord(value)) return []
  const properties = propertiesOf(node, value)
  return Object.entries(properties).flatMap(([key, inner]) => {
    const fileKey = `${key}File`
    const file = properties[fileKey] ? value[fileKey] : undefined
    if (typeof file !== 'string') return readSecretFiles(inner, value[key], here, pathIn(path, key))
    const read = readSecret(here(file), inner)
    if ('problem' in read) return [{ path: pathIn(path, fileKey), message: read.problem }]
    value[key] = read.secret
    return []
  })
}

function readSecret(file: string, node: Node): { secret: string } | { problem: string } {
  try {
    const secret = readFileSync(file, 'utf8').trim()
    if (secret === '') return { problem: 'the file is empty' }
    // A second secret below the first, or UTF-16.
    if (/[\u0000-\u001f\ufffd]/.test(secret)) return { problem: 'the file is not one line of text in UTF-8' }
    const forms = node.anyOf ?? [node]
    const wanted = forms.find(({ form }) => form)?.form?.replace(', in quotes', '')
    return forms.some((form) => fits(form, secret))
      ? { secret }
      : { problem: `the file does not hold ${wanted ?? 'a key of the right form'}` }
  } catch (error) {
    return { problem: whyUnreadable(error) }
  }
}

const fits = ({ pattern, maxLength }: Node, secret: string) =>
  (pattern === undefined || new RegExp(pattern).test(secret)) && secret.length <= (maxLength ?? Infinity)

const propertiesOf = ({ properties, oneOf }: Node, value: Record<string, unknown>): Record<string, Node> =>
  properties ?? oneOf?.find((branch) => branch.properties?.kind?.const === value.kind)?.properties ?? {}
