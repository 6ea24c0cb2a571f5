import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROXY_VERSION } from '../src/version.ts'

it('PROXY_VERSION is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(PROXY_VERSION).toBe(version)
})
