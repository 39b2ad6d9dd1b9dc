/**
 * Builds the addons that the published package brings along, with Debian's
 * compilers, and checks that they load on older systems than this:
 * `npm run build:prebuilds [-- TARGET...]`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot, prebuiltPath } from '../src/addon.ts';

/** The platforms, and the prefix of the programs that build for them. */
const TARGETS = {
  'linux-x64-glibc': { platform: 'linux', arch: 'x64', libc: 'glibc', tools: 'x86_64-linux-gnu' },
  'linux-arm64-glibc': { platform: 'linux', arch: 'arm64', libc: 'glibc', tools: 'aarch64-linux-gnu' },
} as const;
type Target = keyof typeof TARGETS;

/** Of Debian 10, Ubuntu 20.04 and RHEL 8, and what Node's own builds need. */
const NEWEST_GLIBC = [2, 28] as const;
/** Node itself needs these libraries. */
const LIBRARIES = /^(libc\.so\.6|libgcc_s\.so\.1|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/;
/** What Node looks up; anything more might be taken for another addon's. */
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

const root = fileURLToPath(packageRoot);

function compile(target: Target): string {
  const { tools } = TARGETS[target];
  const folder = join(root, 'build/prebuilds', target);
  const options = {
    UVSOCK_PORTABLE: 'ON',
    UVSOCK_WERROR: 'ON',
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: tools.split('-')[0],
    CMAKE_CXX_COMPILER: `${tools}-g++`,
  };
  const settings = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`);
  const cmakeJs = join(root, 'node_modules/cmake-js/bin/cmake-js');
  const args = [cmakeJs, 'compile', '--directory', root, '--out', folder, '--log-level', 'warn', ...settings];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
  return join(folder, 'Release/uvsock.node');
}

/** What `readelf` says in lines that match. */
function readelf(target: Target, option: string, file: string, pattern: RegExp): string[] {
  const program = `${TARGETS[target].tools}-readelf`;
  const output = execFileSync(program, ['--wide', option, file], { encoding: 'utf8' });
  return Array.from(output.matchAll(pattern), ([, found]) => found as string);
}

function isNewer(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEWEST_GLIBC[0] || (major === NEWEST_GLIBC[0] && minor > NEWEST_GLIBC[1]);
}

/** Reasons why a file would not load, or not alone, where Node does. */
function faults(target: Target, file: string): string[] {
  const versions = new Set(readelf(target, '--version-info', file, /Name: (\w+_[\d.]+)/g));
  const libraries = readelf(target, '--dynamic', file, /\(NEEDED\).*\[(.*)\]/g);
  const defined = readelf(target, '--dyn-syms', file, /(?:GLOBAL|WEAK|UNIQUE).*DEFAULT +\d+ (\w+)/g);
  return [
    ...[...versions]
      .filter((each) => each.startsWith('GLIBC_') && isNewer(each.slice('GLIBC_'.length)))
      .map((version) => `needs ${version}`),
    ...libraries.filter((library) => !LIBRARIES.test(library)).map((library) => `needs ${library}`),
    ...defined.filter((name) => !EXPORTS.includes(name)).map((name) => `exports ${name}`),
    ...EXPORTS.filter((name) => !defined.includes(name)).map((name) => `does not export ${name}`),
  ];
}

function prebuild(target: Target): void {
  const { tools, ...platform } = TARGETS[target];
  try {
    execFileSync(`${tools}-g++`, ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error(
      `${target} needs the compiler ${tools}-g++ (Debian: apt-get install g++-${tools.replace('_', '-')})`,
    );
  }
  const built = compile(target);
  const found = faults(target, built);
  if (found.length > 0) throw new Error(`${built} ${found.join(', ')}`);
  const file = fileURLToPath(prebuiltPath(platform));
  mkdirSync(join(file, '..'), { recursive: true });
  copyFileSync(built, file);
  console.log(
    `${file}: ${Math.ceil(statSync(file).size / 1024)} KiB, glibc ${NEWEST_GLIBC.join('.')} or later`,
  );
}

function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !isTarget(name));
if (unknown.length > 0) {
  throw new Error(`${unknown.join(', ')}: not among ${Object.keys(TARGETS).join(', ')}`);
}
for (const target of wanted.length > 0 ? wanted.filter(isTarget) : (Object.keys(TARGETS) as Target[])) {
  prebuild(target);
}
