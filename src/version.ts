/** Set by the bundler from package.json. */
declare const MCLU_VERSION: string;

export const version: string = MCLU_VERSION;
