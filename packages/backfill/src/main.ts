#!/usr/bin/env node
import { runMain } from '@zdmkit/runtime'
import { exitCodeOfError, run } from './run.ts'

await runMain(run, { name: 'zdm-backfill', exitCode: exitCodeOfError })
