/**
 * Builds the API reference from the doc comments, into build/docs:
 *
 *     npm run docs
 *
 * An export, property or method without a comment, and a broken link, is an
 * error.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Application,
  Comment,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
} from 'typedoc';
import { constantsTables, sections } from './constants_tables.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What package.json exports: the sources, with the names that they are imported by. */
function modules(): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    exports: Record<string, string | { types: string }>;
  };
  const found = new Map<string, string>();
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    const source = target.types.replace('./dist/', root).replace('.d.ts', '.ts');
    found.set(source, path.replace('.', 'uvsock'));
  }
  return found;
}

/** Puts the tables in the place of the constants, which would be a page each. */
function tabulateConstants({ project }: Context): void {
  const names = new Set(sections().flatMap(({ constants }) => constants.map(({ name }) => name)));
  const module = project.getChildByName(['uvsock/constants']) as DeclarationReflection;
  for (const each of module.getChildrenByKind(ReflectionKind.Variable)) {
    if (names.has(each.name)) project.removeReflection(each);
  }
  module.comment ??= new Comment();
  module.comment.summary.push({ kind: 'text', text: `\n\n${constantsTables()}` });
}

/** Calls documents by their headings; they would all be "README". */
function nameDocuments({ project }: Context): void {
  for (const document of project.documents ?? []) {
    const [heading] = document.content;
    const title = heading?.kind === 'text' ? /^# (.+)$/m.exec(heading.text)?.[1] : undefined;
    if (title !== undefined) document.name = title;
  }
}

/** Whether all went well. */
async function build(): Promise<boolean> {
  const names = modules();
  const application = await Application.bootstrap({
    name: 'uvsock',
    entryPoints: [...names.keys()],
    tsconfig: `${root}tsconfig.json`,
    out: `${root}build/docs`,
    readme: `${root}README.md`,
    projectDocuments: ['guide/README.md', 'guide/coming-from.md', 'cookbook/README.md', 'OPTIONS.md'].map(
      (path) => `${root}examples/${path}`,
    ),
    cleanOutputDir: true,
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true, // what SocketSubject inherits is documented by RxJS
    externalSymbolLinkMappings: { rxjs: { '*': 'https://rxjs.dev/api' } },
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      notDocumented: true,
      unusedMergeModuleWith: true,
    },
  });
  const entryPoints = application.getEntryPoints() ?? [];
  for (const each of entryPoints) each.displayName = names.get(each.sourceFile.fileName) as string;
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, tabulateConstants);
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, nameDocuments);
  const project = application.converter.convert(entryPoints);
  application.validate(project);
  await application.generateOutputs(project);
  return !application.logger.hasErrors() && !application.logger.hasWarnings();
}

process.exitCode = (await build()) ? 0 : 1;
