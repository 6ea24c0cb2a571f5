#!/usr/bin/env node
import { runMain } from '@zdmkit/runtime'
import { exitCode } from './exit-code.ts'
import { run } from './run.ts'

await runMain(run, { name: 'zdm-validate', exitCode })
