import { defineConfig } from "vitest/config";

/** One runner, one project a test folder: `vitest --project unit`. */
const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`tests/${name}/**/*.test.ts`], ...extra },
});

const ROLE = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  fileParallelism: false,
  globalSetup: "tests/role/support/global-setup.ts",
};

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      project("unit"),
      project("vectors"),
      project("property", { testTimeout: 60_000 }),
      project("fuzz", { testTimeout: 120_000 }),
      project("netns", { testTimeout: 120_000, fileParallelism: false }),
      project("interop", { testTimeout: 180_000, fileParallelism: false }),
      project("role", ROLE),
      // The part that `npm test` runs.
      project("role-fast", { ...ROLE, include: ["tests/role/fast/*.test.ts"] }),
      project("role-vm", {
        // Every instruction is emulated.
        testTimeout: 900_000,
        hookTimeout: 900_000,
        fileParallelism: false,
        globalSetup: "tests/role-vm/support/global-setup.ts",
      }),
    ],
    coverage: { provider: "v8", include: ["src/{wire,protocol,flow,config,call,base}/**"] },
  },
});
