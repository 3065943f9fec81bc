/** The version of package.json, put in by the build. */
declare const __VERSION__: string
/** The name of this build of the pages; the gateway tells the name of the one it serves. */
declare const __BUILD__: string
