#!/usr/bin/env node
import { runMain } from '@zdmkit/runtime'
import { run } from './run.ts'

await runMain(run, { name: 'zdm-proxy' })
