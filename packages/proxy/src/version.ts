/** Version of the package; a test holds it to package.json. */
export const PROXY_VERSION: string = '0.1.0'
