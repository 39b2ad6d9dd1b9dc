/** Where the native addon is, and why it cannot be loaded where it cannot. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The package's folder: above dist/src, or above src where Node runs TypeScript itself. */
export const packageRoot = new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url);

/** What a build is for. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
  /** The C library; only Linux has a choice. */
  readonly libc?: 'glibc' | 'musl' | undefined;
}

/** The C library of this process: its program names the loader, which is in the first page of the file. */
export function libcOf(program: string): 'glibc' | 'musl' {
  const page = Buffer.alloc(4096);
  const fd = openSync(program, 'r');
  try {
    return page.subarray(0, readSync(fd, page)).includes('/ld-musl-') ? 'musl' : 'glibc';
  } finally {
    closeSync(fd);
  }
}

function thisPlatform(): Platform {
  const { platform, arch, execPath } = process;
  return { platform, arch, libc: platform === 'linux' ? libcOf(execPath) : undefined };
}

function nameOf({ platform, arch, libc }: Platform): string {
  return libc === undefined ? `${platform}-${arch}` : `${platform}-${arch}-${libc}`;
}

/** What the package brings along, if it does (native/prebuild.ts). */
export function prebuiltPath(platform: Platform): URL {
  return new URL(`dist/prebuilds/${nameOf(platform)}/uvsock.node`, packageRoot);
}

/** What was built here. */
export const builtPath = new URL('build/Release/uvsock.node', packageRoot);

/** Loads the addon: one that was built here, otherwise the prebuilt one. */
export function loadAddon(platform = thisPlatform()): unknown {
  if (platform.platform === 'win32') {
    throw new Error('uvsock does not support Windows, whose sockets are no descriptors that can be polled');
  }
  const require = createRequire(import.meta.url);
  const failures: string[] = [];
  for (const path of [builtPath, prebuiltPath(platform)].map((url) => fileURLToPath(url))) {
    try {
      if (existsSync(path)) return require(path);
      failures.push(`  ${path}: there is no such file`);
    } catch (error) {
      failures.push(`  ${path}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  const build = fileURLToPath(new URL('dist/src/uvsock_build.js', packageRoot));
  throw new Error(
    `uvsock: the native addon could not be loaded on ${nameOf(platform)}. Tried\n${failures.join('\n')}\n` +
      `Build it from its source: npx uvsock-build (or: node ${build}). ` +
      'That needs a C++ compiler, make and CMake, and npm.',
  );
}
