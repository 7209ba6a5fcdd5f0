// What a source file says of itself: imports, globals, state of the module. Judges nothing.

import ts from 'typescript';

export interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface Found {
  readonly name: string;
  readonly line: number;
}

export interface Scanned {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Free names that no file declares, also behind `globalThis.` and `window.`; `Math.random` and the like as one name. */
  readonly globals: readonly Found[];
  /** Names of the module that hold something changeable. */
  readonly state: readonly Found[];
  readonly directives: readonly string[];
}

/** Reads files as modules of one program, without any library: what nobody declares is a global. */
export function scan(files: ReadonlyMap<string, string>): readonly Scanned[] {
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    jsx: ts.JsxEmit.Preserve,
    target: ts.ScriptTarget.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host: ts.CompilerHost = {
    getSourceFile: (path, target) => {
      const text = files.get(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, target, true);
    },
    getDefaultLibFileName: () => '',
    writeFile: () => {},
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (path) => files.has(path),
    readFile: (path) => files.get(path),
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const checker = program.getTypeChecker();
  return [...files.keys()].map((path) => scanFile(program.getSourceFile(path)!, checker));
}

function scanFile(file: ts.SourceFile, checker: ts.TypeChecker): Scanned {
  const imports: Import[] = [];
  const globals: Found[] = [];
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

  const visit = (node: ts.Node, inType: boolean): void => {
    const type = inType || ts.isTypeNode(node);
    const specifier = importedBy(node);
    if (specifier) imports.push({ ...specifier, line: lineOf(node) });
    if (!type && ts.isIdentifier(node) && isFree(node, checker))
      for (const name of globalNames(node)) globals.push({ name, line: lineOf(node) });
    ts.forEachChild(node, (child) => visit(child, type));
  };
  visit(file, false);

  return {
    path: file.fileName,
    text: file.text,
    imports,
    globals,
    state: stateOf(file).map((node) => ({ name: node.name.getText(file), line: lineOf(node) })),
    directives: file.statements
      .map((each) =>
        ts.isExpressionStatement(each) && ts.isStringLiteral(each.expression) ? each.expression.text : '',
      )
      .filter(Boolean),
  };
}

function importedBy(node: ts.Node): Pick<Import, 'from' | 'typeOnly'> | undefined {
  const at = (specifier: ts.Node | undefined, typeOnly: boolean) =>
    specifier && ts.isStringLiteralLike(specifier) ? { from: specifier.text, typeOnly } : undefined;
  if (ts.isImportDeclaration(node))
    return at(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
  if (ts.isExportDeclaration(node)) return at(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node))
    return at(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return at(node.arguments[0], false);
  return undefined;
}

/** Is it a name in its own right, and declared by no file? */
function isFree(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isExportSpecifier(parent)) return false;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node);
  return !symbol?.declarations?.length;
}

const WHOLE_WORLD = new Set(['globalThis', 'window', 'self', 'global']);
/** Objects of which we ask for one member only. */
const BY_MEMBER = new Set(['Math', 'AbortSignal', 'process']);

/** `setTimeout`, `Math.random`, and through `globalThis` what is taken from it. */
function globalNames(node: ts.Identifier): string[] {
  const taken = taking(node);
  if (WHOLE_WORLD.has(node.text)) {
    const inner = taken.map((each) => each.text);
    return node.text === 'globalThis' && inner.length > 0 ? inner : [node.text, ...inner];
  }
  if (BY_MEMBER.has(node.text))
    return taken.length > 0 ? taken.map((each) => `${node.text}.${each.text}`) : [node.text];
  return [node.text];
}

/** The members that are taken from the value of this expression right here. */
function taking(node: ts.Node): (ts.Identifier | ts.StringLiteralLike)[] {
  let inner = node;
  let outer = node.parent;
  while (ts.isParenthesizedExpression(outer) || ts.isAsExpression(outer) || ts.isNonNullExpression(outer)) {
    inner = outer;
    outer = outer.parent;
  }
  if (ts.isPropertyAccessExpression(outer) && outer.expression === inner)
    return ts.isIdentifier(outer.name) ? [outer.name] : [];
  if (
    ts.isElementAccessExpression(outer) &&
    outer.expression === inner &&
    ts.isStringLiteralLike(outer.argumentExpression)
  )
    return [outer.argumentExpression];
  if (ts.isVariableDeclaration(outer) && outer.initializer === inner && ts.isObjectBindingPattern(outer.name))
    return outer.name.elements.flatMap((each) => {
      const name = each.propertyName ?? each.name;
      return ts.isIdentifier(name) ? [name] : [];
    });
  return [];
}

/** `let` at the top, collections that are not declared read-only, and things with a life (`createX()`). */
function stateOf(file: ts.SourceFile): ts.VariableDeclaration[] {
  return file.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) =>
    declarationList.declarations.filter((each) => {
      if (!(declarationList.flags & ts.NodeFlags.Const)) return true;
      const value = each.initializer && bare(each.initializer);
      if (!value) return false;
      if (ts.isNewExpression(value) && /^(Weak)?(Map|Set)$/.test(value.expression.getText(file)))
        return !/^Readonly(Map|Set)\b/.test(each.type?.getText(file) ?? '');
      return ts.isCallExpression(value) && /^create(?!Context\b)[A-Z]/.test(value.expression.getText(file));
    }),
  );
}

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)
    ? bare(node.expression)
    : node;
}
