import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'

it('shows an example that runs and prints what the README says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readFileSync(new URL('readme-example.ts', import.meta.url), 'utf8')
  expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example)

  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => void lines.push(parts.join(' ')))
  await import('./readme-example.ts')
  log.mockRestore()
  expect(/```\n(insert.*?)```/s.exec(readme)?.[1]).toBe(`${lines.join('\n')}\n`)
})
