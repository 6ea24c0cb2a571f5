import { authResponseGoldens } from '../golden/connection.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('AUTH_RESPONSE', authResponseGoldens)
