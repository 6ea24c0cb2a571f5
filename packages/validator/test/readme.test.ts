import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

describe('README', () => {
  it('shows the example that the cluster suite runs', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const example = await readFile(new URL('./readme-example.ts', import.meta.url), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)
  })
})
