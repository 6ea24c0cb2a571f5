import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { example } from './readme-example.ts'

describe('the example of the README', () => {
  it('is the code that runs here', async () => {
    const readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8')
    const code = await readFile(join(import.meta.dirname, 'readme-example.ts'), 'utf8')
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(code)
  })

  it('shows an error, and a second attempt that the server takes', async () => {
    expect(await example()).toMatch(/not now, then query and query$/)
  })
})
