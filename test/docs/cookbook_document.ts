/**
 * examples/cookbook/README.md, made of the recipes themselves: of each the
 * question, what is to be said of it, and the program.
 * `node dist/test/docs/cookbook_document.js` writes it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../examples/cookbook/', import.meta.url);

/** The document's place. */
export const documentPath = fileURLToPath(new URL('README.md', folder));

/** The recipes, in the document's order. */
const CHAPTERS: Readonly<Record<string, readonly string[]>> = {
  'Unix sockets': [
    'unix-datagrams',
    'unix-seqpacket',
    'abstract-sockets',
    'pass-descriptors',
    'peer-credentials',
    'socket-activation',
  ],
  TCP: ['tcp-info', 'user-timeout', 'fast-open', 'reuse-port'],
  UDP: [
    'destination-address',
    'icmp-errors',
    'timestamps',
    'dscp-ecn',
    'multicast-by-source',
    'udp-backpressure',
  ],
  'Devices, and other families': ['bind-to-device', 'priority', 'raw-icmp', 'vsock'],
};

/** A recipe, taken apart. */
export interface Recipe {
  /** The file's name, without its extension. */
  name: string;
  question: string;
  /** What the comment says besides. */
  answer: string;
  /** The program, imports included. */
  code: string;
}

/** The recipe in a file; throws if it does not begin with a comment that asks. */
export function recipe(name: string): Recipe {
  const source = readFileSync(new URL(`${name}.ts`, folder), 'utf8');
  const parts = /^\/\*\*\n \* ([^\n]+\?)\n \*\n([\s\S]*?)\n \*\/\n([\s\S]+)$/.exec(source);
  if (parts === null) throw new Error(`${name}.ts does not begin with a question`);
  const [, question, comment, code] = parts as unknown as [string, string, string, string];
  return { name, question, answer: comment.replaceAll(/^ \* ?/gm, ''), code };
}

/** All recipes there are. */
export function recipes(): Recipe[] {
  const names = readdirSync(folder).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? []);
  return names.sort().map(recipe);
}

/** Makes links of what is named as GitHub names issues. */
const linked = (text: string) =>
  text.replaceAll(/([\w-]+\/[\w.-]+)#(\d+)/g, '[$1#$2](https://github.com/$1/issues/$2)');

function section(name: string): string {
  const { question, answer, code } = recipe(name);
  return `### ${question}\n\n${linked(answer).replace(/\.?$/, '.')} [${name}.ts](${name}.ts)\n\n\`\`\`ts\n${code}\`\`\`\n`;
}

/** The whole document. */
export function cookbookDocument(): string {
  const chapters = Object.entries(CHAPTERS).map(
    ([title, names]) => `## ${title}\n\n${names.map(section).join('\n')}`,
  );
  return `# Cookbook

What Node's users have asked for, and \`node:net\` and \`node:dgram\` of Node 20 do not have, or not all of it. Each recipe
is a program: after \`npm run build\` run \`node dist/examples/cookbook/NAME.js\`. \`using\` closes a socket at the end, in
TypeScript and since Node 24; \`!\` is for what not every system has: such a constant may be \`undefined\`.

Made of the recipes by \`node dist/test/docs/cookbook_document.js\`; the tests run each, and check this page.

${chapters.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(documentPath, cookbookDocument());
