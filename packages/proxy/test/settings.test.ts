import { readFileSync, writeFileSync } from 'node:fs'
import { settingsMarkdown } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { proxySettings } from '../src/index.ts'

const page = new URL('../../../docs/config/zdm-proxy.md', import.meta.url)

describe('the reference page of the settings', () => {
  it('says what the table says; UPDATE_DOCS=1 writes it', () => {
    const text = settingsMarkdown(proxySettings)
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text)
    expect(readFileSync(page, 'utf8')).toBe(text)
  })
})
