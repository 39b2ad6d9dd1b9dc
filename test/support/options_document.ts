/**
 * examples/OPTIONS.md, made of the option table and of the types of the
 * constants. `node dist/test/support/options_document.js` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdownTable } from 'markdown-table';
import { optionTable } from 'uvsock';

const root = new URL('../../../', import.meta.url);

/** The document's place. */
export const documentPath = fileURLToPath(new URL('examples/OPTIONS.md', root));

/** What the constants' types say of an option. */
export interface OptionTypes {
  levels: string[];
  get: string;
  set: string;
  ask: string | undefined;
}

/** Splits at the commas between type arguments, not at those within. */
function splitArguments(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('<[({'.includes(character)) depth++;
    if ('>])}'.includes(character)) depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** The types of every option, as src/constants.ts declares them. */
export function declaredTypes(): Map<string, OptionTypes> {
  const source = readFileSync(new URL('src/constants.ts', root), 'utf8');
  const types = new Map<string, OptionTypes>();
  for (const [, name, declaration] of source.matchAll(/^export const (\w+):([^=]*)=/gm)) {
    const begin = declaration!.indexOf('Option<');
    if (begin === -1) continue;
    let end = begin + 'Option<'.length;
    for (let depth = 1; depth > 0; end++) {
      if (declaration![end] === '<') depth++;
      if (declaration![end] === '>') depth--;
    }
    const [level, get, set, ask] = splitArguments(declaration!.slice(begin + 'Option<'.length, end - 1));
    const levels = [...level!.matchAll(/'(\w+)'/g)].map(([, each]) => each as string);
    types.set(name as string, { levels, get: get!, set: set ?? get!, ask });
  }
  return types;
}

const code = (text: string) =>
  text === '' ? '' : `\`${text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')}\``;

const ACCESS = { r: 'read', w: 'set', rw: 'read, set' } as const;

/** The whole document. */
export function optionsDocument(): string {
  const types = declaredTypes();
  const levels = [...new Set(optionTable.map(({ level }) => level))];
  const sections = levels.map((level) => {
    const rows = optionTable
      .filter((each) => each.level === level)
      .map(({ name, access, unit, page }) => {
        const { get, set } = types.get(name) as OptionTypes;
        return [
          code(name),
          ACCESS[access],
          access === 'w' ? '' : code(get),
          access === 'r' ? '' : code(set),
          unit,
          page,
        ];
      });
    const head = ['option', 'access', 'is read as', 'is set from', 'unit', 'manual'];
    return `## ${level}\n\n${markdownTable([head, ...rows], { alignDelimiters: false, padding: true })}\n`;
  });
  return `# Socket options

Every option that \`getsockopt\` and \`setsockopt\` know the type of. Any other is an integer, or bytes. Any can be set
from bytes, and read as bytes with a length as the third argument. Numbers are in host byte order. A name that the
system lacks is \`undefined\`. The types are exported by \`uvsock\`, where their fields are documented.

Reading what can only be set, or setting what can only be read, is for the kernel to refuse. Those whose value
tells it where in memory to write, such as \`TCP_ZEROCOPY_RECEIVE\`, answer \`EOPNOTSUPP\`.

Made of the option table by \`node dist/test/support/options_document.js\`, and checked by the tests.

${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(documentPath, optionsDocument());
