// Small changes of a TypeScript file that a test should notice: comparisons and arithmetic turned, limits moved by one,
// conditions fixed, a `continue` or a `return` left out.
import ts from 'typescript-5'

export interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly line: number
  readonly says: string
}

const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '%': ['*'],
}

/** Every change of `source`, in the order of its text. */
export function changesOf(source: string): Change[] {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  const changes: Change[] = []
  const add = (start: number, end: number, text: string) => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1
    const says = `${source.slice(start, end).replace(/\s+/g, ' ').slice(0, 60)} → ${text || 'nothing'}`
    changes.push({ start, end, text, line, says })
  }
  const visit = (node: ts.Node): void => {
    // Types, and what only names things, change nothing that runs.
    if (
      ts.isTypeNode(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportDeclaration(node)
    )
      return
    if (ts.isBinaryExpression(node)) {
      const { operatorToken } = node
      const word = operatorToken.getText(file)
      const isText =
        word === '+' &&
        [node.left, node.right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))
      if (!isText)
        for (const other of operators[word] ?? []) add(operatorToken.getStart(file), operatorToken.end, other)
    } else if (ts.isNumericLiteral(node))
      add(node.getStart(file), node.end, String(Number(node.text.replaceAll('_', '')) + 1))
    else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      add(node.getStart(file), node.operand.getStart(file), '')
    else if (ts.isIfStatement(node)) {
      add(node.expression.getStart(file), node.expression.end, 'false')
      add(node.expression.getStart(file), node.expression.end, 'true')
    } else if (ts.isConditionalExpression(node)) {
      add(node.condition.getStart(file), node.condition.end, 'false')
      add(node.condition.getStart(file), node.condition.end, 'true')
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node.getStart(file), node.end, 'false')
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node.getStart(file), node.end, 'true')
    ts.forEachChild(node, visit)
  }
  visit(file)
  return changes
}
