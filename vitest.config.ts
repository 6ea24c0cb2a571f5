import { defineConfig } from 'vitest/config'

// One project per package, so that a package runs alone with `vitest run --project NAME`.
const packages = [
  'protocol',
  'transport',
  'cql',
  'runtime',
  'proxy',
  'cluster',
  'backfill',
  'validator',
  'simulator',
  'testkit',
]
const unit = {
  ...Object.fromEntries(packages.map((name) => [name, `packages/${name}`])),
  cli: 'apps/cli',
  bench: 'bench',
}
// Vitest also gives these to its workers' Node, for `require` as much as for `import`: `import` or `module` among them would hand an ES
// module to the CommonJS packages that require it (cassandra-driver and its `long`).
const conditions = ['@zdmkit/source', 'node']
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } }

export default defineConfig({
  ...resolution,
  test: {
    passWithNoTests: false,
    projects: [
      ...Object.entries(unit).map(([name, root]) => ({
        ...resolution,
        test: { name, root, include: ['test/**/*.test.ts'], exclude: ['test/**/*.cluster.test.ts'] },
      })),
      {
        ...resolution,
        test: {
          // Suites that start real clusters and processes: one file at a time, because two cores carry one pair.
          name: 'clusters',
          include: ['{packages,apps}/*/test/**/*.cluster.test.ts', 'e2e/suites/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
