#!/usr/bin/env node
import { runMain } from '@zdmkit/runtime'
import { exitCode, run } from './run.ts'

await runMain(run, { name: 'zdm', exitCode })
