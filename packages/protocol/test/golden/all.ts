import type { Golden } from '../support/golden.ts'
import {
  authChallengeGoldens,
  authenticateGoldens,
  authResponseGoldens,
  authSuccessGoldens,
  optionsGoldens,
  readyGoldens,
  registerGoldens,
  startupGoldens,
  supportedGoldens,
} from './connection.ts'
import { errorGoldens } from './error.ts'
import { eventGoldens } from './event.ts'
import { batchGoldens, executeGoldens, prepareGoldens, queryGoldens } from './request.ts'
import { prefixGoldens, resultGoldens, typeGoldens } from './result.ts'

/** Every golden frame, of every message. */
export const allGoldens: Golden[] = [
  ...startupGoldens,
  ...optionsGoldens,
  ...readyGoldens,
  ...supportedGoldens,
  ...authenticateGoldens,
  ...authChallengeGoldens,
  ...authResponseGoldens,
  ...authSuccessGoldens,
  ...registerGoldens,
  ...eventGoldens,
  ...queryGoldens,
  ...prepareGoldens,
  ...executeGoldens,
  ...batchGoldens,
  ...resultGoldens,
  ...typeGoldens,
  ...prefixGoldens,
  ...errorGoldens,
]
