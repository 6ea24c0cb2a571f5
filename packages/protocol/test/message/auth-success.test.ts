import { authSuccessGoldens } from '../golden/connection.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('AUTH_SUCCESS', authSuccessGoldens)
