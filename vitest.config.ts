import { defineConfig } from 'vitest/config'

// One project per package, so that a package runs alone with `vitest run --project NAME`.
const unit = [
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
const conditions = ['@zdmkit/source', 'node', 'import', 'module', 'default']
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } }

export default defineConfig({
  ...resolution,
  test: {
    passWithNoTests: false,
    projects: [
      ...unit.map((name) => ({
        ...resolution,
        test: {
          name,
          root: `packages/${name}`,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.cluster.test.ts'],
        },
      })),
      { ...resolution, test: { name: 'cli', root: 'apps/cli', include: ['test/**/*.test.ts'] } },
      {
        ...resolution,
        test: {
          // Suites that start real clusters and processes: one file at a time, because two cores carry one pair.
          name: 'clusters',
          include: ['packages/*/test/**/*.cluster.test.ts', 'e2e/suites/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
