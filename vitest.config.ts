import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 20_000,
    // Most of the time goes to processes that tests start: one worker would leave a core idle.
    maxWorkers: '100%',
    // CommonJS packages are imported as Node imports them.
    deps: { interopDefault: false },
  },
});
