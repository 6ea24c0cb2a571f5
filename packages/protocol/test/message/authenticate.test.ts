import { authenticateGoldens } from '../golden/connection.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('AUTHENTICATE', authenticateGoldens)
