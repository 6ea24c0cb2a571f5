import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from '../errors.ts'

const SOURCE = join(import.meta.dirname, '../native/cqlbench.c')
const FOLDER = join(import.meta.dirname, '../../.zdm/bench')

/**
 * Compiles the back end and load generator; returns the program's path.
 * @throws BENCH_NO_COMPILER, BENCH_COMPILE_FAILED
 */
export function compileCqlbench(): string {
  mkdirSync(FOLDER, { recursive: true })
  const program = join(FOLDER, 'cqlbench')
  // Beside it first: a program that another run executes cannot be written over.
  const fresh = `${program}.${process.pid}`
  const compiled = spawnSync('cc', ['-O2', '-o', fresh, SOURCE], { encoding: 'utf8' })
  if (compiled.error) {
    const message = 'no C compiler: the benchmark compiles its load generator with `cc`; install gcc or clang'
    throw new BenchError('BENCH_NO_COMPILER', message, { cause: compiled.error })
  }
  if (compiled.status !== 0) {
    throw new BenchError('BENCH_COMPILE_FAILED', `cc -O2 ${SOURCE} failed:\n${compiled.stderr.trim()}`)
  }
  renameSync(fresh, program)
  return program
}
