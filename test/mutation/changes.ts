// Small changes of a TypeScript file that a test should notice: comparisons and arithmetic turned, limits moved by one,
// conditions fixed, a negation left out. All of a file's changes are planted into it at once, each behind a switch, so that
// one build serves them all: `a < b` becomes `($mutant(7) ? a <= b : $mutant(8) ? a >= b : a < b)`.
import ts from 'typescript-5'

export interface Change {
  /** What its switch is called with. */
  readonly id: number
  readonly line: number
  readonly says: string
}

/** The function that tells a switch whether its change is the one on trial. */
export const switchName = '$mutant'

const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '%': ['*'],
}

/** `source` with every change planted, and the changes in the order of its text; ids begin at `firstId`. */
export function plant(source: string, firstId: number): { planted: string; changes: Change[] } {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  const changes: Change[] = []
  const textOf = (node: ts.Node) => source.slice(node.getStart(file), node.end)

  // `expression` behind the switches of its `variants`: each a whole expression, and what of it is told.
  const switched = (
    at: ts.Node,
    variants: readonly [variant: string, says: string][],
    expression: string,
  ) => {
    const line = file.getLineAndCharacterOfPosition(at.getStart(file)).line + 1
    const cases = variants.map(([variant, says]) => {
      changes.push({ id: firstId + changes.length, line, says })
      return `${switchName}(${firstId + changes.length - 1}) ? ${variant} : `
    })
    return `(${cases.join('')}${expression})`
  }
  const fixed = (condition: ts.Node) =>
    ['false', 'true'].map((value): [string, string] => [value, `${shown(textOf(condition))} → ${value}`])

  // What runs at `node`, with every change below it planted.
  const written = (node: ts.Node): string => {
    // Types, and what only names things, change nothing that runs.
    if (
      ts.isTypeNode(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportDeclaration(node)
    )
      return textOf(node)
    if (ts.isNumericLiteral(node)) {
      const next = String(Number(node.text.replaceAll('_', '')) + 1)
      const text = switched(node, [[next, `${textOf(node)} → ${next}`]], textOf(node))
      return ts.isPropertyAssignment(node.parent) && node.parent.name === node ? `[${text}]` : text
    }
    if (node.kind === ts.SyntaxKind.TrueKeyword) return switched(node, [['false', 'true → false']], 'true')
    if (node.kind === ts.SyntaxKind.FalseKeyword) return switched(node, [['true', 'false → true']], 'false')
    const condition = ts.isIfStatement(node)
      ? node.expression
      : ts.isConditionalExpression(node)
        ? node.condition
        : undefined

    let text = ''
    let at = node.getStart(file)
    ts.forEachChild(node, (child) => {
      const below = written(child)
      text += source.slice(at, child.getStart(file))
      text += child === condition ? switched(child, fixed(child), below) : below
      at = child.end
    })
    text += source.slice(at, node.end)

    if (ts.isBinaryExpression(node)) {
      const word = node.operatorToken.getText(file)
      const sides = [node.left, node.right]
      const isText =
        word === '+' && sides.some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))
      const others = isText ? [] : (operators[word] ?? [])
      if (others.length === 0) return text
      return switched(
        node.operatorToken,
        others.map((other) => [
          `(${textOf(node.left)}) ${other} (${textOf(node.right)})`,
          `${shown(textOf(node))}: ${word} → ${other}`,
        ]),
        text,
      )
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      return switched(node, [[textOf(node.operand), `${shown(textOf(node))} → without !`]], text)
    return text
  }
  const planted = source.slice(0, file.getStart(file)) + written(file)
  return { planted, changes: changes.sort((one, other) => one.id - other.id) }
}

const shown = (text: string) => text.replace(/\s+/g, ' ').slice(0, 70)
