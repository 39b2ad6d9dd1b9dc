/**
 * The thousand constants in the API reference: tables by subject, made of
 * src/constants.ts, where each is one line. Their manual pages say what they
 * do; a sentence for each here would only be a worse copy.
 */
import { readFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';

const source = readFileSync(new URL('../../../src/constants.ts', import.meta.url), 'utf8');

/** The constants under one comment of src/constants.ts. */
export interface Section {
  /** The comment: what they are, and their manual page. */
  title: string;
  /** The names, with their types as they are declared. */
  constants: { name: string; type: string }[];
}

/** All sections, in the order of the source. */
export function sections(): Section[] {
  const found: Section[] = [];
  for (const [, title, name, type] of source.matchAll(
    /^\/\/ (.+)$|^export const (?!constants\b)(\w+):\s*([^=]+?)\s*=/gm,
  )) {
    if (title !== undefined) found.push({ title, constants: [] });
    else found.at(-1)?.constants.push({ name: name as string, type: type as string });
  }
  return found;
}

const code = (text: string) =>
  `\`${text.replace(/^\| /, '').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')}\``;

/** The tables, as Markdown. */
export function constantsTables(): string {
  const tables = sections().map(({ title, constants }) => {
    const rows = constants.map(({ name, type }) => [code(name), code(type)]);
    return `## ${title.replace(/\.$/, '')}\n\n${markdownTable([['constant', 'type'], ...rows], { alignDelimiters: false })}`;
  });
  return `What each does is said by its manual page. What options take, in which unit, is listed by \`optionTable\`, and in
examples/OPTIONS.md of the package. Numbers differ between systems; a name that this one lacks is \`undefined\`.

${tables.join('\n\n')}`;
}
