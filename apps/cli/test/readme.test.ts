import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { rehearse } from './readme-example.ts'
import { failingProvider } from './support/failing-provider.ts'

describe('README', () => {
  it('shows the example, which asks its provider for two clusters', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const example = await readFile(new URL('./readme-example.ts', import.meta.url), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)
    await expect(rehearse(failingProvider('no cluster today'))).rejects.toThrow('no cluster today')
  })
})
