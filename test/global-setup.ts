/** Builds `dist` once before all tests, when a source is newer: tests of whole processes run what users run. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why `dist` could not be built; empty when it was. Tests that start processes fail with it. */
    buildError: string;
  }
}

const STAMP = 'dist/.built';
const FOLDERS = ['runtime', 'bindings', 'config', 'scripts'];

export default function setup(project: TestProject): void {
  project.provide('buildError', isCurrent() ? '' : build());
}

function isCurrent(): boolean {
  const built = statSync(STAMP, { throwIfNoEntry: false });
  return built !== undefined && sources().every((file) => statSync(file).mtimeMs <= built.mtimeMs);
}

function sources(): string[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const own = files.filter((file) => !file.includes('node_modules'));
  return ['package.json', 'tsconfig.json', ...own];
}

function build(): string {
  // The stamp has the time before the build, so that what is saved meanwhile is newer.
  const started = new Date();
  try {
    execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `npm run build failed:\n${stdout ?? error}${stderr ?? ''}`;
  }
  writeFileSync(STAMP, '');
  utimesSync(STAMP, started, started);
  return '';
}
